"""squawk finds nothing in the rendered SQL."""

import subprocess
import sys
from pathlib import Path

import pytest

from infra.model.service import Service
from sql.render import render_changelog

SQUAWK = Path(sys.executable).with_name("squawk")
SET_BY_THE_ROLE = "--exclude=require-lock-timeout,require-statement-timeout"


def _squawk(*files: Path, in_transaction: bool = True) -> subprocess.CompletedProcess[str]:
    options = ["--pg-version=17.0", SET_BY_THE_ROLE, "--reporter=gcc"]
    options += ["--assume-in-transaction"] if in_transaction else []
    return subprocess.run([SQUAWK, *options, *files], capture_output=True, text=True, check=False)


@pytest.mark.parametrize("in_transaction", [True, False])
def test_squawk_is_clean_over_every_changeset(
    tmp_path: Path, services: dict[str, Service], in_transaction: bool
) -> None:
    for service in services.values():
        for changeset in render_changelog(service).changesets:
            if changeset.run_in_transaction == in_transaction:
                (tmp_path / f"{service.name}.{changeset.id}.sql").write_text(changeset.sql)
    files = sorted(tmp_path.glob("*.sql"))
    assert files
    found = _squawk(*files, in_transaction=in_transaction)
    assert (found.returncode, found.stdout) == (0, "")


def test_squawk_would_find_something(tmp_path: Path) -> None:
    bad = tmp_path / "bad.sql"
    bad.write_text("ALTER TABLE t DROP COLUMN c;")
    assert "ban-drop-column" in _squawk(bad).stdout
