"""Whatever the program, and whenever it is interrupted: running `up` until it succeeds reaches the goal.

Interruptions are failures of the world, answers that get lost before or after a change took effect, things that
nobody can look at for a while, and deaths of the process: from that moment on neither the world nor the state on disk
changes any more, as after `kill -9`.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from unittest import mock

import pulumi
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from infra.engine.embedded import passphrase
from infra.engine.embedded.backend import Backend
from infra.model.errors import AqdataError
from tests.engine.conftest import Stack
from tests.engine.fake import Death, World
from tests.engine.programs import Program, Thing

NAMES = ("a", "b", "c", "d", "e")
ATTEMPTS = 12


@dataclass(frozen=True)
class Declared:
    """One resource of a random program: plain, replacing and early-deleting inputs, and what it needs."""

    name: str
    plain: int
    key: int
    early: int
    uses: tuple[str, ...]
    replaced_by: tuple[str, ...]
    needs: tuple[str, ...]


@st.composite
def programs(draw: st.DrawFn) -> tuple[Declared, ...]:
    names = draw(st.lists(st.sampled_from(NAMES), unique=True, max_size=len(NAMES)))
    names.sort()
    declared = []
    for index, name in enumerate(names):
        earlier = st.lists(st.sampled_from(names[:index]), unique=True, max_size=2) if index else st.just([])
        value = st.integers(0, 1)
        declared.append(
            Declared(
                name, draw(value), draw(value), draw(value), *(tuple(draw(earlier)) for _ in ("uses", "by", "needs"))
            )
        )
    return tuple(declared)


@dataclass(frozen=True)
class Trouble:
    """What goes wrong in one attempt: resources that fail, lose answers or cannot be looked at; the process dies."""

    failing: frozenset[str]
    losing: dict[str, str]
    blind: frozenset[str]
    dies: tuple[int, str] | None


troubles = st.builds(
    Trouble,
    st.frozensets(st.sampled_from(NAMES), max_size=2),
    st.dictionaries(st.sampled_from(NAMES), st.sampled_from(["before", "after"]), max_size=2),
    st.frozensets(st.sampled_from(NAMES), max_size=1),
    st.none() | st.tuples(st.integers(0, 6), st.sampled_from(["before", "after"])),
)


def program_of(declared: tuple[Declared, ...]) -> Program:
    def program() -> None:
        made: dict[str, Thing] = {}
        for each in declared:
            inputs: dict[str, Any] = {"plain": each.plain, "key": each.key, "early": each.early}
            inputs |= {f"of_{name}": made[name].made for name in each.uses}
            if each.replaced_by:
                inputs["key"] = pulumi.Output.all(*(made[name].made for name in each.replaced_by))
            needs = pulumi.ResourceOptions(depends_on=[made[name] for name in each.needs])
            made[each.name] = Thing(each.name, inputs, needs)

    return program


@contextmanager
def fresh_stack() -> Iterator[Stack]:
    """A stack whose files do not change any more once the world is dead."""
    world = World()
    write = Backend.write

    def write_while_alive(backend: Backend, stack: str, content: bytes) -> None:
        if not world.is_dead:
            write(backend, stack, content)

    with (
        tempfile.TemporaryDirectory() as folder,
        mock.patch.object(passphrase, "ROUNDS", 1),
        mock.patch.object(Backend, "write", write_while_alive),
        mock.patch.object(Backend, "record"),
    ):
        yield Stack(Path(folder), world)


def attempt(world: World, trouble: Trouble | None, work: Callable[[], object]) -> bool:
    """Whether an operation succeeded."""
    world.is_dead = False
    world.failing = lambda verb, name: trouble is not None and name in trouble.failing
    world.losing = lambda verb, name: trouble.losing.get(name, "") if trouble else ""
    world.blind = lambda name: trouble is not None and name in trouble.blind
    world.dies = Death(*trouble.dies) if trouble and trouble.dies else None
    try:
        work()
    except AqdataError:
        return False
    return not world.is_dead


def check_goal(stack: Stack, declared: tuple[Declared, ...]) -> None:
    assert stack.world.names() == sorted(each.name for each in declared)
    found = {urn.split("::")[-1]: made for made, (urn, _) in stack.world.things.items()}
    for each in declared:
        _, properties = stack.world.things[found[each.name]]
        assert properties["plain"].value == each.plain
        for name in each.uses:
            assert properties[f"of_{name}"].value == found[name]
    for record in stack.state["resources"]:
        if record["type"].endswith("Thing"):
            assert record["id"] == found[record["urn"].split("::")[-1]]
    assert "pending_operations" not in stack.state


def converge(versions: list[tuple[Declared, ...]], trouble: list[Trouble], parallel: int) -> None:
    with fresh_stack() as stack:
        remaining = iter(trouble)
        for declared in versions:
            up = partial(stack.up, program_of(declared), parallel=parallel)
            assert any(attempt(stack.world, next(remaining, None), up) for _ in range(ATTEMPTS))
            check_goal(stack, declared)
            stack.world.clear()
            assert attempt(stack.world, None, up)
            assert stack.world.calls == []


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(programs(), min_size=1, max_size=3), st.lists(troubles, max_size=5), st.sampled_from([1, 4]))
def test_reaches_the_goal(versions: list[tuple[Declared, ...]], trouble: list[Trouble], parallel: int) -> None:
    converge(versions, trouble, parallel)


@pytest.mark.long
@settings(max_examples=1500, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(programs(), min_size=1, max_size=4), st.lists(troubles, max_size=8), st.sampled_from([1, 2, 8]))
def test_reaches_the_goal_in_many_more_cases(
    versions: list[tuple[Declared, ...]], trouble: list[Trouble], parallel: int
) -> None:
    converge(versions, trouble, parallel)


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(programs(), st.lists(troubles, max_size=4))
def test_destroys_everything(declared: tuple[Declared, ...], trouble: list[Trouble]) -> None:
    with fresh_stack() as stack:
        assert attempt(stack.world, None, partial(stack.up, program_of(declared)))
        for each in [*trouble, None]:
            attempt(stack.world, each, stack.destroy)
        assert stack.world.things == {}
        assert "resources" not in stack.state
