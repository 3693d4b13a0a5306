"""Install and start what a Debian host lacks; needs root."""

import os
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

from infra.host.docker_api import EngineSilent, reach
from infra.host.progress import Progress
from infra.model.errors import PrerequisiteMissing

ENGINE_LOG = Path("/var/log/dockerd.log")
START_SECONDS = 60


def install(packages: Sequence[str], progress: Progress) -> None:
    """Install Debian packages; raises PrerequisiteMissing with apt's last words."""
    progress(f"installing {', '.join(packages)}")
    _apt("update", "--quiet=2")
    _apt("install", "--quiet=2", "--yes", *packages)


def start_engine(has_systemd: bool, progress: Progress) -> None:
    """Start dockerd and wait until it answers; raises PrerequisiteMissing with the end of its log."""
    progress("starting the Docker Engine")
    if has_systemd:
        subprocess.run(["systemctl", "enable", "--now", "docker"], check=False, capture_output=True)
        _wait_until_it_answers(None)
    else:
        _wait_until_it_answers(_start_detached())


def _apt(*arguments: str) -> None:
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    command = ["apt-get", *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        last_words = "\n".join((done.stdout + done.stderr).strip().splitlines()[-5:])
        raise PrerequisiteMissing(f"`{' '.join(command)}` failed:\n{last_words}", "Mend that and run aqdata again.")


def _start_detached() -> subprocess.Popen[bytes]:
    """A dockerd that outlives this process and is out of its terminal's reach."""
    with ENGINE_LOG.open("ab") as log:
        return subprocess.Popen(["dockerd"], stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)


def _wait_until_it_answers(process: subprocess.Popen[bytes] | None) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        try:
            reach(timeout=5)
        except EngineSilent:
            if process and process.poll() is not None:
                break
            time.sleep(0.2)
        else:
            return
    raise PrerequisiteMissing(f"The Docker Engine does not start:\n{_last_log_lines(process)}", _log_hint(process))


def _last_log_lines(process: subprocess.Popen[bytes] | None) -> str:
    if process is None:
        return f"It was silent for {START_SECONDS} s."
    return "\n".join(ENGINE_LOG.read_text(errors="replace").splitlines()[-5:])


def _log_hint(process: subprocess.Popen[bytes] | None) -> str:
    return "journalctl --unit docker" if process is None else f"Read {ENGINE_LOG}."
