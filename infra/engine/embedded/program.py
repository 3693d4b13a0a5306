"""Runs the program in this process, against a resource monitor that is an object."""

from __future__ import annotations

import asyncio
import contextvars
import runpy
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pulumi
from google.protobuf import empty_pb2
from pulumi.runtime import config as sdk_config
from pulumi.runtime import settings as sdk_settings
from pulumi.runtime.proto import engine_pb2
from pulumi.runtime.stack import run_in_stack

from infra.engine.embedded.backend import ORGANIZATION
from infra.engine.embedded.config import Config
from infra.engine.embedded.monitor import Monitor
from infra.engine.embedded.report import Report
from infra.engine.embedded.standstill import Calls, Roll, run_watched
from infra.engine.events import Severity
from infra.engine.interface import Workspace
from infra.model.errors import AqdataError

SPARE_THREADS = 4
"""Threads for registrations that are planned while as many steps as are allowed are under way."""

SEVERITIES: dict[int, Severity] = {
    engine_pb2.INFO: "info",
    engine_pb2.WARNING: "warning",
    engine_pb2.ERROR: "error",
}


class ProgramFailed(AqdataError):
    """The program raised an error of its own."""


class Log:
    """The engine service: takes the program's messages."""

    def __init__(self, report: Report) -> None:
        self._report = report

    def __getattr__(self, name: str) -> Callable[[Any], Any]:
        if name == "Log":
            return self._say
        if name == "RequirePulumiVersion":
            return lambda _request: empty_pb2.Empty()
        raise AttributeError(name)

    def _say(self, request: Any) -> Any:
        if request.severity == engine_pb2.DEBUG:
            return empty_pb2.Empty()
        self._report.say(SEVERITIES[request.severity], request.message, request.urn, ephemeral=request.ephemeral)
        return empty_pb2.Empty()


def run_program(workspace: Workspace, config: Config, monitor: Monitor, report: Report, parallel: int) -> None:
    """Run the program until all it registered is done.

    Raises AqdataError as it came, and ProgramFailed for any other error of the program.
    """

    def run() -> None:
        _configure(workspace, config, monitor, report, parallel)
        program = _callable(workspace)
        calls = Calls(parallel + SPARE_THREADS)
        roll = Roll()
        run_watched(lambda: _in_stack(program, roll), calls, lambda: roll.standstill(monitor.registrar.is_registered))

    try:
        contextvars.copy_context().run(run)
    except AqdataError:
        raise
    except Exception as error:
        raise ProgramFailed(f"the program failed: {_told(error, workspace.root)}", "correct the program") from error


def _configure(workspace: Workspace, config: Config, monitor: Monitor, report: Report, parallel: int) -> None:
    settings = sdk_settings.Settings(
        project=workspace.project,
        stack=workspace.stack,
        monitor=monitor,
        engine=Log(report),
        parallel=parallel,
        dry_run=report.is_preview,
        organization=ORGANIZATION,
        root_directory=str(workspace.root),
    )
    sdk_settings.configure(settings)
    sdk_settings.ROOT.set(None)
    sdk_config.set_all_config(dict(config.values), sorted(config.secret_keys))


async def _in_stack(program: Callable[[], object], roll: Roll) -> None:
    asyncio.get_running_loop().set_exception_handler(_ignore)

    async def run() -> None:
        roll.call()
        await _run_to_end(program)

    await run_in_stack(run)


async def _run_to_end(program: Callable[[], object]) -> None:
    """Run the program and wait until all that it registered is done, or something failed.

    The SDK waits as well, but looks at every output each time that one is settled; here each is looked at once,
    so that time grows linearly with the program. What failed is left to the SDK to raise.
    """
    program()
    while waiting := _unsettled():
        done, _ = await asyncio.wait(waiting, return_when=asyncio.FIRST_EXCEPTION)
        if any(each.cancelled() or each.exception() for each in done):
            return


def _unsettled() -> set[asyncio.Future[Any]]:
    """Calls to the monitor, and outputs, that are under way."""
    settings = sdk_settings.SETTINGS
    with settings.lock:
        known = {*settings.outputs, *map(asyncio.ensure_future, settings.rpc_manager.rpcs)}
    return {each for each in known if not each.done()}


def _ignore(_loop: asyncio.AbstractEventLoop, _context: dict[str, Any]) -> None:
    """A failed program leaves futures that nobody awaits; their errors are those it has failed with."""


def _callable(workspace: Workspace) -> Callable[[], object]:
    program = workspace.program
    return program if callable(program) else lambda: _run_path(program)


def _run_path(path: Path) -> None:
    folder = str(path if path.is_dir() else path.parent)
    sys.path.insert(0, folder)
    try:
        runpy.run_path(str(path), run_name="__main__")
    finally:
        sys.path.remove(folder)


def _told(error: BaseException, root: Path) -> str:
    """The error and the last place of the project it passed through."""
    own = [frame for frame in traceback.extract_tb(error.__traceback__) if _is_own(Path(frame.filename), root)]
    place = f" ({own[-1].filename}:{own[-1].lineno})" if own else ""
    kind = "" if isinstance(error, pulumi.RunError) else f"{type(error).__name__}: "
    return f"{kind}{error}{place}"


def _is_own(file: Path, root: Path) -> bool:
    if not file.is_relative_to(root):
        return False
    return "site-packages" not in file.parts and not file.is_relative_to(Path(__file__).parents[1])
