"""The comment of a pull request."""

from __future__ import annotations

from cli.display.markdown import comment, marker
from cli.display.risk import Concern, risks
from infra.engine.events import Op, PolicyReport, PropertyChange
from infra.engine.values import MASK
from tests.cli.display.steps import VOLUME, outcome, step

LOST = step(Op.DELETE, VOLUME, "postgres-user-data", old={"name": "v"})
RESTART = step(
    Op.REPLACE,
    old={"image": "a"},
    new={"image": "b"},
    diff={"image": PropertyChange("update-replace")},
    keys=("image",),
)
WIDENED = step(
    Op.UPDATE,
    old={"capabilities": {"adds": []}},
    new={"capabilities": {"adds": ["NET_ADMIN"]}},
    diff={"capabilities.adds[0]": PropertyChange("add")},
)


def test_lost_data_comes_before_restarts_and_access() -> None:
    assert [risk.concern for risk in risks([WIDENED, LOST])] == [Concern.DATA_LOSS, Concern.ACCESS]
    assert [risk.concern for risk in risks([RESTART, LOST])] == [Concern.DATA_LOSS, Concern.DOWNTIME]


def test_a_changelog_update_is_no_loss_and_its_replacement_is() -> None:
    token = "aqstream:sql:Changelog"
    assert not risks([step(Op.UPDATE, token, "user_service", old={"a": 1}, new={"a": 2})])
    replaced = risks([step(Op.REPLACE, token, "user_service", old={"a": 1}, new={"a": 2})])
    assert replaced[0].concern is Concern.DATA_LOSS


def test_a_changed_port_and_a_changed_secret_are_named() -> None:
    port = step(
        Op.UPDATE, old={"ports": [{"internal": 1, "external": 2}]}, new={"ports": [{"internal": 1, "external": 3}]}
    )
    secret = step(Op.UPDATE, name="x", old={"password": MASK}, new={"password": MASK},
                  diff={"password": PropertyChange("update")})  # fmt: skip
    assert {risk.concern for risk in risks([port, secret])} == {Concern.PORT, Concern.SECRET}


def test_nothing_that_is_created_is_risky() -> None:
    assert not risks([step(Op.CREATE, new={"ports": [], "password": MASK, "capabilities": {}})])


def test_the_comment_has_its_marker_first_and_its_verdict_last() -> None:
    lines = comment("prod", outcome(LOST, WIDENED)).strip().splitlines()
    assert lines[0] == marker("prod")
    assert lines[-1] == "**Verdict**: 🛑 1 to update, 1 to delete; **data is lost**."


def test_the_order_is_risk_then_folded_diff_then_verdict() -> None:
    text = comment("prod", outcome(LOST))
    places = [text.index(part) for part in ("Data is lost", "<details>", "```diff", "</details>", "**Verdict**")]
    assert places == sorted(places)


def test_a_plan_without_changes_is_short() -> None:
    text = comment("prod", outcome(step(Op.SAME, old={}, new={})))
    assert "<details>" not in text
    assert text.endswith("**Verdict**: ✅ nothing changes.\n")


def test_a_mandatory_violation_is_the_verdict() -> None:
    report = PolicyReport("no_public_port", "port 5432 is public", "mandatory")
    text = comment("prod", outcome(WIDENED), [report])
    assert "`no_public_port` port 5432 is public" in text
    assert "⛔ 1 mandatory policy violation(s)" in text


def test_a_huge_plan_fits_in_a_comment() -> None:
    many = [step(Op.CREATE, VOLUME, f"volume-{number:05}", new={}) for number in range(3000)]
    text = comment("prod", outcome(*many))
    assert len(text) < 65_536
    assert "aqdata preview --diff" in text


def test_a_replacement_is_coloured_as_a_change_and_not_as_an_addition() -> None:
    shown = [line for line in comment("prod", outcome(RESTART)).splitlines() if "replace (image)" in line]
    assert shown[0].startswith("! +-")


def test_names_cannot_break_out_of_the_code_block() -> None:
    text = comment("prod", outcome(step(Op.CREATE, VOLUME, "```\n<script>", new={})))
    assert text.count("```") == 2
