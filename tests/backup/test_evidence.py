"""Drill reports vouch for each other: whatever is removed or edited shows."""

from pathlib import Path

import pytest

from infra.backup.drill.evidence import broken_links, evidence_files, keep
from infra.backup.drill.run import DrillReport, Judgement


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for number in range(4):
        report = DrillReport("dev", "postgres-user", f"2026-03-0{number + 1}T00:00:00+00:00")
        report.judgements.append(Judgement("markers", True, ""))
        keep(report, tmp_path)
    return tmp_path


def test_an_untouched_chain_is_whole(folder: Path) -> None:
    assert len(evidence_files(folder)) == 4
    assert broken_links(folder) == []


def test_an_edited_report_shows_in_the_next_one(folder: Path) -> None:
    path = evidence_files(folder)[1]
    path.write_text(path.read_text().replace('"passed": true', '"passed": false'))
    assert broken_links(folder) == ["000003-postgres-user.json: the report before it was changed or removed"]


def test_a_removed_report_shows(folder: Path) -> None:
    evidence_files(folder)[1].unlink()
    assert any("is missing" in problem for problem in broken_links(folder))


def test_a_report_without_judgements_has_not_passed() -> None:
    assert not DrillReport("dev", "postgres-user", "2026-03-01T00:00:00+00:00").passed
