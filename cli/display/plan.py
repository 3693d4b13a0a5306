"""The steps of an operation as one row per resource, in the order of the tree; pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from infra.engine.events import Op, StepView

SIGNS: Mapping[Op, str] = {
    Op.SAME: " ",
    Op.CREATE: "+",
    Op.UPDATE: "~",
    Op.DELETE: "-",
    Op.REPLACE: "+-",
    Op.READ: ">",
    Op.REFRESH: " ",
    Op.IMPORT: "=",
}
STYLES: Mapping[Op, str] = {
    Op.CREATE: "green",
    Op.UPDATE: "yellow",
    Op.DELETE: "red",
    Op.REPLACE: "magenta",
    Op.READ: "cyan",
    Op.IMPORT: "cyan",
}
PHYSICAL_HALVES = frozenset({Op.CREATE_REPLACEMENT, Op.DELETE_REPLACED, Op.DISCARD_REPLACED, Op.READ_REPLACEMENT})
STACK_TYPE = "pulumi:pulumi:Stack"


@dataclass(frozen=True, slots=True)
class Row:
    """A resource that changes, or an ancestor of one (`op` is SAME), at its depth in the tree."""

    step: StepView | None
    urn: str
    op: Op
    depth: int

    @property
    def name(self) -> str:
        return self.urn.split("::", 3)[-1]

    @property
    def type(self) -> str:
        return short_type(self.urn.split("::")[2].rsplit("$", 1)[-1])


def rows(steps: Iterable[StepView]) -> list[Row]:
    """The changed resources below their parents."""
    known = list(steps)
    changed = changed_steps(known)
    parents = {step.urn: _parent(step) for step in known}
    shown: dict[str, None] = {}
    for urn in changed:
        for ancestor in reversed(list(_ancestors(urn, parents))):
            shown.setdefault(ancestor)
        shown.setdefault(urn)
    children: dict[str, list[str]] = {}
    for urn in shown:
        children.setdefault(_nearest(parents.get(urn, ""), shown), []).append(urn)
    for siblings in children.values():
        siblings.sort(key=lambda urn: urn.split("::")[2:])
    return list(_walk("", children, changed, 0))


def changed_steps(steps: Iterable[StepView]) -> dict[str, StepView]:
    """One step per resource that changes: the logical one where a replacement has several."""
    chosen: dict[str, StepView] = {}
    for step in steps:
        if step.op.is_change and (step.op not in PHYSICAL_HALVES or step.urn not in chosen):
            chosen[step.urn] = step
    return chosen


def op_of(step: StepView) -> Op:
    """What happens to the resource as a whole."""
    return Op.REPLACE if step.op in PHYSICAL_HALVES else step.op


def short_type(token: str) -> str:
    """`docker:Container` for `docker:index/container:Container`."""
    package, _, rest = token.partition(":")
    module, _, name = rest.rpartition(":")
    module = module.split("/")[0]
    return ":".join(part for part in (package, module if module != "index" else "", name) if part)


def counts(changes: Mapping[str, int], *, is_preview: bool) -> str:
    """`2 to create, 1 to replace, 57 unchanged`, or in the past tense."""
    words = _WORDS_AHEAD if is_preview else _WORDS_DONE
    parts = [f"{changes[op]} {word}" for op, word in words.items() if changes.get(op)]
    return ", ".join(parts) or "nothing to do"


def nothing_changes(changes: Mapping[str, int]) -> bool:
    """Whether an operation leaves everything as it is."""
    return not any(count for op, count in changes.items() if Op(op).is_change)


_WORDS_AHEAD = {
    "create": "to create",
    "import": "to import",
    "update": "to update",
    "replace": "to replace",
    "delete": "to delete",
    "read": "to read",
    "same": "unchanged",
}
_WORDS_DONE = {
    "create": "created",
    "import": "imported",
    "update": "updated",
    "replace": "replaced",
    "delete": "deleted",
    "read": "read",
    "same": "unchanged",
}


def _parent(step: StepView) -> str:
    state = step.new or step.old
    return state.parent if state else ""


def _ancestors(urn: str, parents: dict[str, str]) -> Iterable[str]:
    parent = parents.get(urn, "")
    while parent:
        yield parent
        parent = parents.get(parent, "")


def _nearest(parent: str, shown: Mapping[str, None]) -> str:
    return parent if parent in shown else ""


def _walk(parent: str, children: Mapping[str, list[str]], changed: Mapping[str, StepView], depth: int) -> Iterable[Row]:
    for urn in children.get(parent, ()):
        step = changed.get(urn)
        yield Row(step, urn, op_of(step) if step else Op.SAME, depth)
        yield from _walk(urn, children, changed, depth + 1)
