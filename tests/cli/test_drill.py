"""What becomes of the reports of one `aqdata drill`."""

import time
from pathlib import Path
from typing import Any

import pytest

from cli.commands import drill
from cli.main import run
from infra.backup.drill.outcome import now
from infra.backup.drill.report import DrillReport, Judgement
from infra.model.loading import load_stack

FIRST, SECOND = "postgres-user", "postgres-shared"


class Access:
    """A deployed stack's."""

    def __init__(self, *_: Any) -> None:
        self.declared = load_stack("dev")

    def outputs(self) -> dict[str, Any]:
        return {}


def test_a_report_is_kept_while_other_drills_of_the_command_go_on(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    class Drill:
        """The second one goes on until the first one's report is kept."""

        def __init__(self, _: Any, name: str, *__: Any) -> None:
            self._name = name

        def between_markers(self) -> DrillReport:
            deadline = time.monotonic() + 10
            while self._name == SECOND and not list((tmp_path / "dev").glob("*.json")):
                assert time.monotonic() < deadline
                time.sleep(0.01)
            return DrillReport("dev", self._name, now(), now(), judgements=[Judgement("markers", True, "")])

    monkeypatch.setattr(drill, "StackAccess", Access)
    monkeypatch.setattr(drill, "Drill", Drill)
    assert run(["drill", "-i", SECOND, "-i", FIRST, "--stack", "dev", "--evidence", str(tmp_path)]) == 0
    kept = sorted(path.name for path in (tmp_path / "dev").glob("*.json"))
    assert kept == [f"000001-{FIRST}.json", f"000002-{SECOND}.json"]


def test_where_no_report_could_be_kept_no_drill_begins(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(drill, "StackAccess", None)
    (tmp_path / "file").touch()
    assert run(["drill", "--all", "--stack", "dev", "--evidence", str(tmp_path / "file")]) == 2
    assert capsys.readouterr().err == (
        f"error: --evidence: {tmp_path}/file/dev: Not a directory\nnext:  give a folder that can be written\n"
    )
