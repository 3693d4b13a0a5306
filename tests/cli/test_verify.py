"""`aqdata verify` refuses what it could not judge by before it looks at anything."""

from pathlib import Path

import pytest

from cli.commands.verify import require_folder
from infra.model.errors import ConfigurationError
from infra.model.recovery.evidence import EVIDENCE


def test_a_named_folder_of_reports_that_is_not_there_is_refused_with_what_makes_it(tmp_path: Path) -> None:
    missing = tmp_path / "nowhere"
    with pytest.raises(ConfigurationError, match=f"--evidence: there is no folder {missing}") as refused:
        require_folder(missing)
    assert refused.value.hint.endswith(f"aqdata drill --all --evidence {missing}")


def test_the_default_folder_need_not_be_there_yet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cli.commands.verify.EVIDENCE", tmp_path / "drills")
    require_folder(tmp_path / "drills")
    require_folder(tmp_path)
    assert EVIDENCE.parts[-2:] == (".state", "drills")
