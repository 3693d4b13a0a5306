"""What cannot be written is said of its option."""

from pathlib import Path

import pytest

from cli.commands import backup
from cli.main import run
from tests.backup.repositories import repository


def test_a_drawing_that_cannot_be_written_is_said_of_its_option(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(backup, "_repositories", lambda *_: {"postgres-user": repository(3)})
    drawing = tmp_path / "nowhere" / "window.svg"
    assert run(["backup", "window", "--stack", "dev", "--svg", str(drawing)]) == 2
    assert capsys.readouterr().err == (
        f"error: --svg: {drawing}: No such file or directory\nnext:  give a path that can be written\n"
    )
