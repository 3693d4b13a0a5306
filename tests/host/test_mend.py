"""Mending a host: apt's and dockerd's own words when it fails, a running engine when it works."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.host import mend
from infra.host.docker_api import reach
from infra.host.mend import install, start_engine
from infra.host.progress import silent
from infra.model.errors import PrerequisiteMissing


@pytest.fixture
def commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in front of the PATH for programs that stand in for the system's."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    monkeypatch.setattr(mend, "ENGINE_LOG", tmp_path / "dockerd.log")
    return folder


def _write(folder: Path, name: str, script: str) -> None:
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o755)


def test_lists_are_refreshed_before_packages_are_installed(commands: Path, tmp_path: Path) -> None:
    _write(commands, "apt-get", f'echo "$@" >>{tmp_path}/calls')
    install(["docker.io", "debootstrap"], silent)
    assert (tmp_path / "calls").read_text().splitlines() == [
        "update --quiet=2",
        "install --quiet=2 --yes docker.io debootstrap",
    ]


def test_a_failed_installation_ends_with_apts_last_words(commands: Path) -> None:
    _write(commands, "apt-get", 'echo "E: Unable to locate package docker.io" >&2; exit 100')
    with pytest.raises(PrerequisiteMissing, match="Unable to locate package"):
        install(["docker.io"], silent)


def test_an_engine_that_dies_at_once_is_reported_with_its_log(
    commands: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/docker.sock")
    _write(commands, "dockerd", 'echo "failed to start daemon: no cgroups"; exit 1')
    with pytest.raises(PrerequisiteMissing, match="no cgroups") as failure:
        start_engine(False, silent)
    assert "dockerd.log" in failure.value.hint


@pytest.fixture
def own_engine(commands: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """`dockerd` starts a second engine with its own folders and without a network."""
    real = shutil.which("dockerd")
    if real is None or os.geteuid() != 0:
        pytest.skip("needs root and dockerd")
    socket = Path(f"/run/t-engine-{os.getpid()}.sock")
    monkeypatch.setenv("DOCKER_HOST", f"unix://{socket}")
    pid_file = tmp_path / "pid"
    _write(
        commands,
        "dockerd",
        f"exec {real} --host unix://{socket} --data-root {tmp_path}/data --exec-root /run/t-engine-{os.getpid()} "
        f"--pidfile {pid_file} --bridge none --iptables=false --ip6tables=false",
    )
    yield pid_file
    if pid_file.exists():
        _stop(int(pid_file.read_text()))
    subprocess.run(["rm", "-rf", f"/run/t-engine-{os.getpid()}", str(socket)], check=True)


def _stop(engine: int) -> None:
    os.kill(engine, signal.SIGTERM)
    while Path(f"/proc/{engine}/exe").exists():
        time.sleep(0.05)


@pytest.mark.docker
def test_a_started_engine_answers_and_has_its_own_session(own_engine: Path) -> None:
    start_engine(False, silent)
    assert reach().version()["Version"]
    engine = int(own_engine.read_text())
    assert os.getsid(engine) == engine
