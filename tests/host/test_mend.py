"""Mending a host: apt's and dockerd's own words when it fails, a running engine when it works."""

import os
import signal
import sys
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


_ENGINE = """
import http.server, json, os, socketserver, sys, time

class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = json.dumps({"ApiVersion": "1.41", "Session": os.getsid(0), "Pid": os.getpid()}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def address_string(self):
        return "unix"

time.sleep(0.5)
socketserver.UnixStreamServer(sys.argv[1], Answer).serve_forever()
"""


@pytest.fixture
def engine(commands: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """`dockerd` is a server that takes half a second to answer on DOCKER_HOST.

    Not the real one: a second dockerd in the host's network namespace takes the first one's bridge away.
    """
    socket = tmp_path / "docker.sock"
    monkeypatch.setenv("DOCKER_HOST", f"unix://{socket}")
    (tmp_path / "engine.py").write_text(_ENGINE)
    _write(commands, "dockerd", f"exec {sys.executable} {tmp_path}/engine.py {socket}")
    yield
    if socket.exists():
        os.kill(reach().version()["Pid"], signal.SIGTERM)


@pytest.mark.usefixtures("engine")
def test_a_started_engine_is_waited_for_and_has_its_own_session() -> None:
    start_engine(False, silent)
    version = reach().version()
    assert version["Session"] == version["Pid"]
