"""What else has to go when a resource is deleted before it is replaced."""

from __future__ import annotations

from collections.abc import Collection, Generator, Sequence
from dataclasses import dataclass

from infra.engine.embedded.diff import Diff, replace_on_changes
from infra.engine.embedded.graph import dependents
from infra.engine.embedded.resource import Resource
from infra.engine.embedded.step import Answer, Compare, Question
from infra.engine.values import UNKNOWN, Properties


@dataclass(frozen=True, slots=True)
class Replaced:
    """A dependent that has to be replaced too, and the inputs that demand it."""

    resource: Resource
    keys: tuple[str, ...]


def required_replacements(
    base: Sequence[Resource], root: Resource, impossible: Collection[str]
) -> Generator[Question, Answer, list[Replaced]]:
    """Dependents of `root` that a change of its outputs would replace, in dependency order.

    An input that comes from a replaced resource is taken as unknown, and the dependent's provider is asked
    whether that replaces it. URNs in `impossible` are registered already and so cannot depend on `root`.
    """
    replaced_urns = {root.urn}
    found: list[Replaced] = []
    for candidate in dependents(base, root, ignored=impossible):
        replaces, keys = yield from _is_replaced(candidate, replaced_urns)
        if replaces:
            replaced_urns.add(candidate.urn)
            found.append(Replaced(candidate, keys))
    return found


def _is_replaced(candidate: Resource, replaced: set[str]) -> Generator[Question, Answer, tuple[bool, tuple[str, ...]]]:
    if not candidate.custom or candidate.external:
        return False, ()
    if candidate.provider and candidate.provider_urn in replaced:
        return True, ()
    if candidate.deleted_with in replaced:
        return True, ()
    inputs = _with_unknowns(candidate, replaced)
    if inputs is None:
        return False, ()
    diff = yield Compare(
        candidate.urn,
        candidate.provider,
        candidate.id,
        candidate.inputs,
        candidate.outputs,
        inputs,
        candidate.ignore_changes,
    )
    assert isinstance(diff, Diff)  # noqa: S101 the driver answers Compare with a Diff
    diff = replace_on_changes(diff, candidate.replace_on_changes, has_init_errors=False)
    return diff.replaces, diff.replace_keys


def _with_unknowns(candidate: Resource, replaced: set[str]) -> Properties | None:
    """The inputs with unknowns for what comes from replaced resources; None when nothing does."""
    uncertain = {
        key for key, deps in candidate.property_dependencies.items() if key in candidate.inputs and replaced & {*deps}
    }
    if not uncertain:
        return None
    return {key: UNKNOWN if key in uncertain else value for key, value in candidate.inputs.items()}
