"""A regular check of an instance is that of whichever node made it; the others' volumes know nothing of it."""

import json
from collections.abc import Callable
from typing import Any

from infra.model.errors import CannotCheck
from policies.facts.backups import RegularCheck
from policies.sources.live.regular_checks import RegularChecks, regular_checks

NOW = 1_800_000_000.0
DAY = 86400


def node(restore: dict[str, Any] | None, repository: dict[str, Any] | None = None) -> Callable[[list[str], str], str]:
    said = ["" if status is None else json.dumps(status) for status in (restore, repository)]
    return lambda *_: "".join(f"{line}\n" for line in said)


def passed(finished: float) -> dict[str, Any]:
    run = {"finished": finished, "message": ""}
    return {"since": finished - DAY, "passed": finished, "failures": 0, "lastRun": run}


def failed(finished: float, **more: float) -> dict[str, Any]:
    return {"since": 0, "failures": 1, "lastRun": {"finished": finished, "message": "no space"}, **more}


def away(_: list[str], missing: str) -> str:
    raise CannotCheck(f"it is stopped{missing}", "aqdata up")


def test_a_primary_that_never_checked_is_spoken_for_by_the_one_before() -> None:
    since_an_hour = node({"since": NOW - 3600, "checked": NOW})
    found = regular_checks([since_an_hour, node(passed(NOW - DAY)), node(None)])
    assert found == RegularChecks(RegularCheck(NOW - DAY, 0), None)


def test_the_newest_word_counts_and_the_newest_success() -> None:
    found = regular_checks([node(failed(NOW)), node(passed(NOW - DAY))])
    assert found.restore == RegularCheck(NOW - DAY, 1, "no space")


def test_a_failure_is_over_when_another_node_has_passed_since() -> None:
    found = regular_checks([node(passed(NOW)), node(failed(NOW - DAY, passed=NOW - 9 * DAY))])
    assert found.restore == RegularCheck(NOW, 0)


def test_each_check_has_its_own_word() -> None:
    found = regular_checks([node(None, failed(NOW)), node(passed(NOW - DAY), passed(NOW - 2 * DAY))])
    assert found == RegularChecks(RegularCheck(NOW - DAY, 0), RegularCheck(NOW - 2 * DAY, 1, "no space"))


def test_a_node_that_is_away_is_passed_over() -> None:
    assert regular_checks([node(passed(NOW)), away]).restore == RegularCheck(NOW, 0)


def test_a_file_that_cannot_be_read_says_nothing() -> None:
    assert regular_checks([lambda *_: "{broken\n[]\n"]) == RegularChecks(None, None)


def test_where_no_node_ever_checked_there_is_none() -> None:
    assert regular_checks([node(None), node({"since": NOW})]) == RegularChecks(None, None)
