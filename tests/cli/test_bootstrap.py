"""`./aqdata` installs exactly the lock, once, and never takes half an installation for a whole one."""

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
_MAIN = "import os, sys\nprint(os.getcwd(), *sys.argv[1:])\n"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout whose lock holds nothing but uv and whose command prints its arguments."""
    folder = tmp_path / "checkout"
    (folder / "cli").mkdir(parents=True)
    shutil.copy(CHECKOUT / "aqdata", folder)
    (folder / "cli" / "__main__.py").write_text(_MAIN)
    (folder / "requirements.lock").write_text(_uv_lines())
    return folder


def _uv_lines() -> str:
    lines = (CHECKOUT / "requirements.lock").read_text().splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith("uv=="))
    end = next(n for n in range(start + 1, len(lines) + 1) if n == len(lines) or not lines[n].startswith(" "))
    return "\n".join([*lines[start:end], ""])


def _run(command: Path, *arguments: str, **options: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | options
    return subprocess.run([command, *arguments], capture_output=True, text=True, check=False, env=environment, cwd="/")


def test_installs_once_and_again_when_the_lock_changes(checkout: Path, tmp_path: Path) -> None:
    first = _run(checkout / "aqdata", "up", "--stack", "dev")
    assert first.stdout == "/ up --stack dev\n", first.stderr
    assert "Installing" in first.stderr
    link = tmp_path / "link"
    link.symlink_to(checkout / "aqdata")
    assert _run(link, "x").stderr == ""
    with (checkout / "requirements.lock").open("a") as lock:
        lock.write("# changed\n")
    assert "Installing" in _run(link).stderr
    assert _run(link).stderr == ""


@pytest.mark.long
def test_a_wrong_hash_stops_the_installation_every_time(checkout: Path) -> None:
    lock = checkout / "requirements.lock"
    lock.write_text(lock.read_text().replace("sha256:", "sha256:0000")[:-1] + "\n")
    for _ in range(2):
        done = _run(checkout / "aqdata")
        assert done.returncode != 0
        assert done.stdout == ""


@pytest.mark.long
def test_an_interrupted_installation_is_repeated(checkout: Path) -> None:
    with subprocess.Popen([checkout / "aqdata"], start_new_session=True, stderr=subprocess.DEVNULL) as install:
        time.sleep(2)
        os.killpg(install.pid, signal.SIGINT)
        assert install.wait(timeout=20) != 0
    assert "Installing" in _run(checkout / "aqdata").stderr
    assert _run(checkout / "aqdata", "x").stdout == "/ x\n"


@pytest.mark.long
def test_first_runs_at_once_install_once(checkout: Path) -> None:
    runs = [
        subprocess.Popen([checkout / "aqdata"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    ends = [run.communicate() for run in runs]
    assert [run.returncode for run in runs] == [0, 0, 0], ends
    assert sum("Installing" in error for _, error in ends) == 1


def test_an_old_python_is_refused_with_what_is_needed(checkout: Path, tmp_path: Path) -> None:
    old = tmp_path / "python3.9"
    old.write_text('#!/bin/sh\n[ "$1" = -V ] && echo "Python 3.9.2"\nexit 1\n')
    old.chmod(0o755)
    refused = _run(checkout / "aqdata", PYTHON=str(old))
    assert refused.returncode == 2
    assert "needs Python 3.11 to 3.13" in refused.stderr
    assert "Python 3.9.2" in refused.stderr


def test_the_bootstrap_is_small() -> None:
    assert len((CHECKOUT / "aqdata").read_text().splitlines()) < 60
