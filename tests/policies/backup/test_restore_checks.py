"""The restore check of an instance is that of whichever node made it; the others' volumes know nothing of it."""

import json
from collections.abc import Callable
from typing import Any

from infra.model.errors import CannotCheck
from policies.facts.backups import RestoreCheck
from policies.sources.live.restore_check import newest_restore_check

NOW = 1_800_000_000.0
DAY = 86400


def node(status: dict[str, Any] | None) -> Callable[[list[str], str], str]:
    return lambda _, missing: missing if status is None else json.dumps(status)


def passed(finished: float) -> dict[str, Any]:
    run = {"finished": finished, "message": ""}
    return {"since": finished - DAY, "passed": finished, "failures": 0, "lastRun": run}


def failed(finished: float, **more: float) -> dict[str, Any]:
    return {"since": 0, "failures": 1, "lastRun": {"finished": finished, "message": "no space"}, **more}


def away(_: list[str], missing: str) -> str:
    raise CannotCheck(f"it is stopped{missing}", "aqdata up")


def test_a_primary_that_never_checked_is_spoken_for_by_the_one_before() -> None:
    since_an_hour = node({"since": NOW - 3600, "checked": NOW})
    assert newest_restore_check([since_an_hour, node(passed(NOW - DAY)), node(None)]) == RestoreCheck(NOW - DAY, 0)


def test_the_newest_word_counts_and_the_newest_success() -> None:
    found = newest_restore_check([node(failed(NOW)), node(passed(NOW - DAY))])
    assert found == RestoreCheck(NOW - DAY, 1, "no space")


def test_a_failure_is_over_when_another_node_has_passed_since() -> None:
    found = newest_restore_check([node(passed(NOW)), node(failed(NOW - DAY, passed=NOW - 9 * DAY))])
    assert found == RestoreCheck(NOW, 0)


def test_a_node_that_is_away_is_passed_over() -> None:
    assert newest_restore_check([node(passed(NOW)), away]) == RestoreCheck(NOW, 0)


def test_where_no_node_ever_checked_there_is_none() -> None:
    assert newest_restore_check([node(None), node({"since": NOW})]) is None
