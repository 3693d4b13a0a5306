"""Steps for display tests, as an engine would report them."""

from __future__ import annotations

from typing import Any

from infra.engine.events import Op, PropertyChange, StateView, StepView
from infra.engine.interface import Outcome

STACK = "urn:pulumi:prod::aqstream::pulumi:pulumi:Stack::aqstream-prod"
CLUSTER = "urn:pulumi:prod::aqstream::aqstream:data:PostgresCluster::postgres-user"
CONTAINER = "docker:index/container:Container"
VOLUME = "docker:index/volume:Volume"


def urn(token: str, name: str) -> str:
    return f"urn:pulumi:prod::aqstream::aqstream:data:PostgresCluster${token}::{name}"


def state(token: str, name: str, inputs: dict[str, Any] | None, parent: str = CLUSTER) -> StateView | None:
    if inputs is None:
        return None
    return StateView(urn(token, name), token, True, name, parent, "", inputs, inputs)


def step(
    op: Op,
    token: str = CONTAINER,
    name: str = "postgres-user",
    *,
    old: dict[str, Any] | None = None,
    new: dict[str, Any] | None = None,
    diff: dict[str, PropertyChange] | None = None,
    keys: tuple[str, ...] = (),
) -> StepView:
    return StepView(
        op, urn(token, name), token, "", state(token, name, old), state(token, name, new), keys, (), diff, True
    )


def ancestors() -> list[StepView]:
    stack = StateView(STACK, "pulumi:pulumi:Stack", False, "", "", "", {}, {})
    cluster = StateView(CLUSTER, "aqstream:data:PostgresCluster", False, "", STACK, "", {}, {})
    return [StepView(Op.SAME, each.urn, each.type, "", each, each, logical=True) for each in (stack, cluster)]


def outcome(*steps: StepView) -> Outcome:
    changes: dict[str, int] = {}
    for each in steps:
        changes[str(each.op)] = changes.get(str(each.op), 0) + 1
    return Outcome(changes, {}, 1.5, (*ancestors(), *steps))
