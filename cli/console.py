"""The two terminals: results go to stdout, progress and errors to stderr.

NO_COLOR and FORCE_COLOR are rich's own; CLICOLOR_FORCE is translated here. Output that is not a terminal
gets neither colour nor moving parts, and lines as long as they are.
"""

import os
import sys
import time
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from rich.console import Console

_PIPE_WIDTH = 160


@cache
def results() -> "Console":
    """Where a command's answer goes."""
    from rich.console import Console  # noqa: PLC0415 costs 0.1 s, which `--help` of one command need not pay

    return _on(sys.stdout, Console)


@cache
def progress() -> "Console":
    """Where everything goes that is not the answer; it raises nothing where nobody reads that any more."""
    from cli.progress_console import ProgressConsole  # noqa: PLC0415 as above

    return _on(sys.stderr, ProgressConsole)


def be_quiet() -> None:
    """Print no progress; errors are still reported."""
    progress().quiet = True


def steps() -> Callable[[str], None]:
    """Print each finished line of work with the seconds since now."""
    start = time.monotonic()

    def step(line: str) -> None:
        elapsed = f"{time.monotonic() - start:7.1f}s"
        progress().print(f"[dim]{elapsed}[/dim]  ", end="")
        progress().print(line, markup=False, highlight=False)

    return step


def report_error(message: str, hint: str) -> None:
    """What is wrong, then what to do next."""
    progress().quiet = False
    progress().print("[bold red]error:[/bold red] ", end="")
    progress().print(message, markup=False, highlight=False, soft_wrap=True)
    if hint:
        progress().print("[bold]next:[/bold]  ", end="")
        progress().print(hint, markup=False, highlight=False, soft_wrap=True)


def _on(stream: TextIO, kind: "type[Console]") -> "Console":
    forced = bool(os.environ.get("CLICOLOR_FORCE")) or None
    width = None if stream.isatty() else _PIPE_WIDTH
    return kind(file=stream, force_terminal=forced, width=width)
