"""The command line: mounts every file of `cli/commands`, and is the only place that reports errors.

A command is a module with `app`, a typer application, and a docstring whose first line is its help. It is
imported only when it is called.
"""

import gc
import os
import signal
import sys
from typing import Annotated

import typer
from typer.exceptions import TyperException

from cli import console
from cli.defect import record_defect
from cli.folder import CommandFolder
from infra.model.errors import AqdataError, Cancelled, ConfigurationError

_TYPER_INTERRUPTED = 130
"""What typer makes of Ctrl-C before the command itself runs."""

app = typer.Typer(
    name="aqdata",
    cls=CommandFolder,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "auto_envvar_prefix": "AQDATA"},
)


@app.callback()
def root(
    context: typer.Context,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print results and errors only.")] = False,
) -> None:
    """AqStream's data layer: provision it, fill it, prove it."""
    if quiet:
        console.be_quiet()
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


def run(arguments: list[str]) -> int:
    """Run one command line; report what stops it and return its exit code."""
    try:
        code = typer.main.get_command(app).main(arguments, prog_name="aqdata", standalone_mode=False)
    except AqdataError as error:
        return _stopped(error)
    except (KeyboardInterrupt, typer.Abort):
        return _stopped(Cancelled("Stopped before the end."))
    except TyperException as error:
        return _usage_error(error)
    except Exception as error:  # noqa: BLE001 the boundary: no traceback reaches the screen
        return _stopped(_defect(error))
    if code == _TYPER_INTERRUPTED:
        return _stopped(Cancelled("Stopped before the end."))
    return code if isinstance(code, int) else 0


def _stopped(error: AqdataError) -> int:
    console.report_error(error.message, error.hint)
    return error.exit_code


def _usage_error(error: TyperException) -> int:
    context = getattr(error, "ctx", None)
    command = context.command_path if context else "aqdata"
    text = error.format_message() if hasattr(error, "format_message") else str(error)
    if not text:  # a group called bare: typer has printed its help
        return ConfigurationError.exit_code
    return _stopped(ConfigurationError(text, f"`{command} --help` lists what it takes."))


def _defect(error: Exception) -> AqdataError:
    report = record_defect(error)
    return AqdataError(
        f"This is a defect of aqdata: {type(error).__name__}. Its traceback is in {report}.",
        "Please file an issue with that file; look through it for secrets first.",
    )


def main() -> None:
    """Run what the process was started with, and end it."""
    # A command lives for seconds and frees little: collecting at the default pace takes a seventh of its time.
    gc.set_threshold(200_000)
    # Pydantic would read the metadata of all installed packages for plugins of which none is used.
    os.environ["PYDANTIC_DISABLE_PLUGINS"] = "__all__"
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    if signal.getsignal(signal.SIGHUP) is signal.SIG_DFL:  # else nohup wants it to be ignored
        signal.signal(signal.SIGHUP, signal.default_int_handler)
    code = run(sys.argv[1:])
    # Else the interpreter, on its way out, looks at every object three times for cycles: a fifth of a short command.
    gc.freeze()
    sys.exit(code)
