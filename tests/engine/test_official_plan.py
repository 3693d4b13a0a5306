"""What the CLI's preview tells of the stack is what policies judge."""

from __future__ import annotations

from infra.engine.events import Op, StateView, StepView
from infra.engine.official_plan import planned
from infra.engine.values import MASK, Value

URN = "urn:pulumi:dev::test::fake:index:Thing::"


def step(op: Op, name: str, **inputs: Value) -> StepView:
    kind, urn = "fake:index:Thing", URN + name
    is_gone = op in (Op.DELETE, Op.DELETE_REPLACED)
    state = StateView(urn, kind, custom=True, id=name, parent="", provider="", inputs=inputs, outputs={})
    return StepView(op, urn, kind, provider="", old=None, new=None if is_gone else state)


def test_what_stays_as_it_is_belongs_to_the_plan() -> None:
    [only] = planned([step(Op.SAME, "a", password=MASK)])
    assert (only.name, only.op, only.inputs) == ("a", Op.SAME, {"password": MASK})


def test_what_is_replaced_is_judged_once_as_it_will_be() -> None:
    steps = [step(Op.CREATE_REPLACEMENT, "a", n=2), step(Op.REPLACE, "a", n=2), step(Op.DELETE_REPLACED, "a")]
    assert [(each.name, each.inputs) for each in planned(steps)] == [("a", {"n": 2})]


def test_what_is_deleted_is_no_part_of_it() -> None:
    assert [each.name for each in planned([step(Op.CREATE, "a"), step(Op.DELETE, "b")])] == ["a"]
