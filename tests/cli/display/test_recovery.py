"""The recovery window as text, JSON and a picture: the same fulls, moments and gaps in each."""

import xml.etree.ElementTree as ET
from collections import Counter

from rich.console import Console

from cli.display.recovery import window_json, window_table
from cli.display.recovery_timeline import timeline
from infra.model.recovery.window import RecoveryWindow, measure
from tests.backup.repositories import DAY, PER_DAY, repository

LOST = 28 * PER_DAY + 10
NAMESPACE = "{http://www.w3.org/2000/svg}"


def windows() -> dict[str, RecoveryWindow]:
    """A month of backups, once whole and once with a segment missing."""
    return {"postgres-user": measure(repository(30), 8), "postgres-shared": measure(repository(30, lost=[LOST]), 8)}


def rectangles(text: str) -> list[ET.Element]:
    return ET.fromstring(text).findall(f"{NAMESPACE}rect")  # noqa: S314 our own picture


def test_the_picture_shows_every_full_and_the_gap_of_the_one_that_has_it() -> None:
    drawn = rectangles(timeline(windows()))
    assert Counter(each.get("class") for each in drawn)["full"] == 60
    (gap,) = [each for each in drawn if each.get("class") == "gap"]
    assert gap.findtext(f"{NAMESPACE}title") == "1 segments missing"
    assert float(gap.get("width", "0")) >= 2


def test_bars_lie_where_their_times_are() -> None:
    drawn = rectangles(timeline({"postgres-user": measure(repository(30), 8)}))
    spans = [each for each in drawn if each.get("class") == "span"]
    widths = [float(each.get("width", "0")) for each in spans]
    assert widths[0] == 2, "an old full restores to its own end only"
    assert max(widths) == widths[22]
    right = {round(float(each.get("x", "0")) + float(each.get("width", "0"))) for each in spans[22:-1]}
    assert len(right) == 1, "what the kept WAL reaches ends at the latest moment"


def test_an_instance_without_backups_has_a_row() -> None:
    text = timeline({"postgres-user": measure(repository(0), 8)})
    assert "postgres-user" in text
    assert not rectangles(text)


def test_text_and_json_name_the_gap_and_what_can_be_restored() -> None:
    console = Console(width=200, record=True)
    console.print(window_table(windows()))
    shown = console.export_text()
    whole, holed = window_json(windows())
    assert "30 of 2026-12-17 to 2027-01-15, 7 with WAL after them" in shown
    assert whole["gaps"] == []
    assert whole["seconds"] >= 7 * DAY - 120
    assert [gap["segments"] for gap in holed["gaps"]] == [1]
    assert holed["gaps"][0]["first"] in shown
    assert holed["seconds"] < whole["seconds"]


def test_a_backup_without_its_own_wal_is_named() -> None:
    found = repository(10, lost=[9 * PER_DAY])
    console = Console(width=200, record=True)
    console.print(window_table({"postgres-user": measure(found, 8)}))
    assert f"{found.fulls[-1].label} lacks WAL of its own" in console.export_text()
