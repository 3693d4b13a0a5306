"""The difference between two states of a resource: the provider's answer, or our own comparison."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from infra.engine.embedded import property_path
from infra.engine.embedded.equality import equal
from infra.engine.embedded.property_path import Path
from infra.engine.events import DiffKind, PropertyChange
from infra.engine.values import Properties, Value, reveal

INIT_ERROR = "#initerror"
"""The path that stands for a resource whose initialisation failed earlier."""

_TO_REPLACE: Mapping[DiffKind, DiffKind] = {
    "add": "add-replace",
    "delete": "delete-replace",
    "update": "update-replace",
}
_INVERSE: Mapping[DiffKind, DiffKind] = {
    "add": "delete",
    "add-replace": "delete-replace",
    "delete": "add",
    "delete-replace": "add-replace",
}


@dataclass(frozen=True, slots=True)
class Diff:
    """What changes. `has_changes` None means that the provider did not say; `detailed` likewise."""

    has_changes: bool | None = None
    replace_keys: tuple[str, ...] = ()
    changed_keys: tuple[str, ...] = ()
    detailed: Mapping[str, PropertyChange] | None = None
    delete_before_replace: bool = False

    @property
    def replaces(self) -> bool:
        return bool(self.replace_keys) or any(
            change.kind.endswith("-replace") for change in (self.detailed or {}).values()
        )


SAME = Diff(has_changes=False)
UNSAID = Diff()


def replacement(key: str) -> Diff:
    """A diff that replaces the resource and blames `key`."""
    return Diff(has_changes=True, replace_keys=(key,))


def settle(diff: Diff, old_inputs: Properties, new_inputs: Properties) -> Diff:
    """`diff` itself, or a comparison of the inputs where the provider did not say whether anything changes."""
    if diff.has_changes is not None:
        return diff
    changes = compare(old_inputs, new_inputs)
    if not changes:
        return replace(diff, has_changes=False)
    keys = tuple(sorted({str(property_path.parse(path)[0]) for path in changes}))
    return replace(diff, has_changes=True, changed_keys=keys, detailed=changes)


def compare(old: Properties, new: Properties) -> dict[str, PropertyChange]:
    """Every path at which inputs differ, whether secret or not."""
    found = _differences((), reveal(old), reveal(new))
    return {property_path.render(path): PropertyChange(kind, input_diff=True) for path, kind in found}


def _differences(path: Path, old: Value, new: Value) -> Iterator[tuple[Path, DiffKind]]:
    if isinstance(old, list) and isinstance(new, list):
        old, new = dict(enumerate(old)), dict(enumerate(new))
    if not isinstance(old, dict) or not isinstance(new, dict):
        if not equal(old, new):
            yield path, "update"
        return
    for key in sorted({*old, *new}):
        if key in old and key in new:
            yield from _differences((*path, key), old[key], new[key])
        else:
            yield (*path, key), "delete" if key in old else "add"


def ignore_changes(paths: Iterable[str], old: Properties, new: Properties) -> tuple[Properties, tuple[str, ...]]:
    """`new` with old values at `paths`, and the paths where that was impossible."""
    impossible: list[str] = []
    for text in paths:
        new, done = property_path.reset(property_path.parse(text), old, new)
        if not done:
            impossible.append(text)
    return new, tuple(impossible)


def replace_on_changes(diff: Diff, paths: Iterable[str], *, has_init_errors: bool) -> Diff:
    """`diff` in which a change under one of `paths` replaces the resource."""
    if not diff.has_changes and not has_init_errors:
        return diff
    wanted = [property_path.parse(text) for text in paths]
    keys = [key for key in diff.changed_keys if _covered(wanted, key)]
    detailed = None if diff.detailed is None else _replacing(wanted, diff.detailed)
    has_changes = diff.has_changes
    if has_init_errors and _covered(wanted, INIT_ERROR):
        keys.append(INIT_ERROR)
        has_changes = True
        detailed = None if detailed is None else {**detailed, INIT_ERROR: PropertyChange("update-replace")}
    merged = tuple(dict.fromkeys([*diff.replace_keys, *keys]))
    return replace(diff, has_changes=has_changes, replace_keys=merged, detailed=detailed)


def _covered(wanted: list[Path], text: str) -> bool:
    path = property_path.parse(text)
    return any(property_path.contains(outer, path) for outer in wanted)


def _replacing(wanted: list[Path], detailed: Mapping[str, PropertyChange]) -> dict[str, PropertyChange]:
    return {
        path: replace(change, kind=_TO_REPLACE.get(change.kind, change.kind)) if _covered(wanted, path) else change
        for path, change in detailed.items()
    }


def invert(diff: Diff) -> Diff:
    """The way back: additions are deletions. A refresh shows what the world did to the inputs."""
    if diff.detailed is None:
        return diff
    turned = {
        path: replace(change, kind=_INVERSE.get(change.kind, change.kind)) for path, change in diff.detailed.items()
    }
    return replace(diff, detailed=turned)
