"""Decides what is deleted once the program has registered everything. Nothing here does any I/O."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass, replace

from infra.engine.embedded import graph
from infra.engine.embedded.plan import Planner
from infra.engine.embedded.replacing import required_replacements
from infra.engine.embedded.resource import Resource
from infra.engine.embedded.step import Answer, Question, Step
from infra.engine.events import Op
from infra.model.errors import ResourceError


@dataclass(frozen=True, slots=True)
class Deletions:
    """Steps that keep what is not targeted, and steps that delete; the latter in no particular order."""

    kept: tuple[Step, ...]
    deleted: tuple[Step, ...]


def plan_deletions(
    planner: Planner, leftovers: Iterable[tuple[Resource, Resource]]
) -> Generator[Question, Answer, Deletions]:
    """What to do with resources that this operation has not touched: (as they were, as they are now)."""
    pairs = list(leftovers)
    allowed = yield from _allowed(planner, [then for then, _ in pairs])
    kept: list[Step] = []
    deleted: list[Step] = []
    for then, now in pairs:
        if allowed is not None and now.urn not in allowed:
            kept.extend(_keep(planner, then))
        else:
            deleted.extend(_delete(planner, then, now))
    return Deletions(tuple(kept), tuple(deleted))


def _keep(planner: Planner, then: Resource) -> Iterable[Step]:
    if not then.delete and not planner.is_operated(then.urn):
        yield Step(Op.SAME, then, replace(then))


def _delete(planner: Planner, then: Resource, now: Resource) -> Iterable[Step]:
    if now.delete:
        if id(then) not in planner.condemned:
            yield Step(Op.DISCARD_REPLACED if now.external else Op.DELETE_REPLACED, then)
    elif not planner.is_operated(now.urn):
        yield Step(Op.REMOVE_PENDING_REPLACE if now.pending_replacement else Op.DELETE, then)


def _allowed(planner: Planner, leftovers: Sequence[Resource]) -> Generator[Question, Answer, set[str] | None]:
    """URNs that may be deleted: the targets and what cannot live without them. None when there are no targets."""
    if not planner.targets.is_limited:
        return None
    allowed: set[str] = set()
    for each in leftovers:
        if each.urn not in planner.targets:
            continue
        allowed.add(each.urn)
        allowed.update(dependent.urn for dependent in graph.dependents(leftovers, each, children=True))
        replaced = yield from required_replacements(leftovers, each, ())
        allowed.update(dependent.resource.urn for dependent in replaced)
    _refuse_untargeted(planner, leftovers, allowed)
    return allowed


def _refuse_untargeted(planner: Planner, leftovers: Sequence[Resource], allowed: set[str]) -> None:
    if planner.target_dependents:
        return
    implied = [
        each.urn
        for each in leftovers
        if each.urn in allowed
        and each.urn not in planner.targets
        and (each.delete or not planner.is_operated(each.urn))
    ]
    if implied:
        raise ResourceError(
            f"deleting the targets would also delete {', '.join(implied)}, which are not among them",
            "add them with --target, or allow it with --target-dependents",
        )
