"""One registration on its way to a plan, and what stops it there."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import TypeVar

from infra.engine.embedded import urn as urns
from infra.engine.embedded.goal import Goal
from infra.engine.embedded.resource import Resource
from infra.engine.embedded.step import Answer, Check, Checked, Question
from infra.engine.values import Properties
from infra.model.errors import ResourceError

T = TypeVar("T")
Planning = Generator[Question, Answer, T]


@dataclass(frozen=True, slots=True)
class Case:
    """One registration on its way to a plan."""

    goal: Goal
    urn: str
    old: Resource | None
    new: Resource
    notes: tuple[str, ...] = ()


def ask_inputs(question: Check, new: Resource) -> Planning[Properties]:
    """The inputs as the provider checked them. Raises ResourceError with what it found wrong."""
    checked = yield question
    assert isinstance(checked, Checked)  # noqa: S101 the driver answers Check with a Checked
    if checked.failures:
        raise ResourceError(
            "; ".join(_failure(new, name, reason) for name, reason in checked.failures),
            "correct the resource's inputs in the program or the stack file",
        )
    return checked.inputs


def _failure(new: Resource, name: str, reason: str) -> str:
    what = f"{new.type} {urns.name_of(new.urn)!r}"
    return f"{what}: {name}: {reason}" if name else f"{what}: {reason}"


def protected(urn: str) -> str:
    """Why a protected resource is not replaced, and what allows it."""
    return (
        f"{urn} is protected and would have to be replaced; to allow it: "
        f"aqdata stack unprotect {urn.rpartition('::')[2]}"
    )
