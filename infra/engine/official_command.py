"""The Pulumi CLI as a process whose end is waited for, whatever the user does."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Mapping
from typing import IO

from pulumi import automation
from pulumi.automation.errors import create_command_error

from infra.engine.signals import CANCELLING, listening

_INTERRUPTED_WHEN_WE_DIE = ("setpriv", "--pdeathsig", "INT") if shutil.which("setpriv") else ()
"""Linux' util-linux has it."""


class Command(automation.PulumiCommand):
    """Runs the CLI in a session of its own, so that Ctrl-C reaches it once, from here.

    The Automation API's own command is interrupted itself: it closes the pipes under the threads that read them, and
    leaves the CLI running. `tell` is told what a first Ctrl-C does; a second one makes the CLI stop at once. When this
    process is killed, the CLI gets the first: it finishes what runs, saves the state and gives the lock back.
    """

    def __init__(self) -> None:
        super().__init__()
        self.tell: Callable[[str], None] = lambda _: None

    def run(
        self,
        args: list[str],
        cwd: str,
        additional_env: Mapping[str, str],
        on_output: Callable[[str], object] | None = None,
        on_error: Callable[[str], object] | None = None,
    ) -> automation.CommandResult:
        """What the CLI printed; raises CommandError when it fails. The callbacks get everything at its end."""
        environment = {**os.environ, **additional_env, "PULUMI_AUTOMATION_API": "true"}
        interrupts = _Interrupts(self.tell)
        with listening(interrupts.heard), _sink() as output, _sink() as errors:
            process = subprocess.Popen(
                [*_INTERRUPTED_WHEN_WE_DIE, self.command, "--non-interactive", *args],
                stdout=output,
                stderr=errors,
                cwd=cwd,
                env=environment,
                start_new_session=True,
            )
            with process:
                interrupts.pass_on_to(process)
            stdout, stderr = _written(output), _written(errors)
        for callback, text in ((on_output, stdout), (on_error, stderr)):
            if callback is not None:
                callback(text)
        result = automation.CommandResult(stdout=stdout.rstrip(), stderr=stderr.rstrip(), code=process.returncode)
        if result.code:
            raise create_command_error(result)
        return result


class _Interrupts:
    """Passes each on, those too that came before there was a process."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell = tell
        self._count = 0
        self._process: subprocess.Popen[bytes] | None = None

    def heard(self) -> None:
        self._count += 1
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)
        if self._count == 1:
            self._tell(CANCELLING)

    def pass_on_to(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        if self._count:
            process.send_signal(signal.SIGINT)


def _sink() -> IO[bytes]:
    """Where the CLI writes, secrets among it: memory. A pipe of which the reader is gone would end it."""
    return os.fdopen(os.memfd_create("pulumi"), "w+b")


def _written(sink: IO[bytes]) -> str:
    sink.seek(0)
    return sink.read().decode(errors="replace")
