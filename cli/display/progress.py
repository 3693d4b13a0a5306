"""An operation while it runs: one line per resource with what happens to it and for how long.

On a terminal the running ones stand below the finished ones and count their seconds; elsewhere there are
plain lines only.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Self

from cli.display.plan import PHYSICAL_HALVES, SIGNS, STYLES, op_of, short_type
from cli.display.printing import print_text
from infra.engine.events import (
    Diagnostic,
    Event,
    Op,
    PolicyReport,
    Severity,
    StepFailed,
    StepFinished,
    StepStarted,
    StepView,
    Summary,
)

if TYPE_CHECKING:
    from rich.console import Console

_DONE: dict[Op, str] = {
    Op.CREATE: "created",
    Op.UPDATE: "updated",
    Op.DELETE: "deleted",
    Op.REPLACE: "replaced",
    Op.CREATE_REPLACEMENT: "created anew",
    Op.DELETE_REPLACED: "deleted to be replaced",
    Op.DISCARD_REPLACED: "forgotten",
    Op.READ: "read",
    Op.REFRESH: "read",
    Op.IMPORT: "imported",
}
_NOW: dict[Op, str] = {
    Op.CREATE: "creating",
    Op.UPDATE: "updating",
    Op.DELETE: "deleting",
    Op.CREATE_REPLACEMENT: "creating anew",
    Op.DELETE_REPLACED: "deleting to replace",
    Op.READ: "reading",
    Op.REFRESH: "reading",
    Op.IMPORT: "importing",
}
_SEVERITY_STYLES: dict[Severity, str] = {"warning": "yellow", "error": "bold red", "info": ""}
MOST_RUNNING = 12
MOST_REPEATED = 3


class Progress:
    """Prints an operation's events to a console; used as a context manager while the operation runs."""

    def __init__(self, console: Console, clock: Callable[[], float] = time.monotonic) -> None:
        self._console = console
        self._clock = clock
        self._running: dict[str, tuple[StepView, float]] = {}
        self._said: Counter[tuple[Severity, str]] = Counter()
        self._lock = threading.Lock()
        self._screen: AbstractContextManager[object] = nullcontext()
        if console.is_terminal and not console.quiet:
            self._screen = _live(self, console)

    def __enter__(self) -> Self:
        self._screen.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self._screen.__exit__(None, None, None)

    def __call__(self, event: Event) -> None:
        with self._lock:
            self._tell(event)

    def running(self) -> list[str]:
        """One line per step that runs, longest first."""
        with self._lock:
            steps = sorted(self._running.values(), key=lambda entry: entry[1])
        now = self._clock()
        lines = [f"  {_head(step)}  {_NOW.get(step.op, step.op)} {now - since:.1f}s" for step, since in steps]
        rest = len(lines) - MOST_RUNNING
        return [*lines[:MOST_RUNNING], *([f"  … and {rest} more"] if rest > 0 else [])]

    def _tell(self, event: Event) -> None:
        match event:
            case StepStarted(step=step, planning=False) if step.op in _NOW:
                self._running[step.urn] = (step, self._clock())
            case StepFinished(step=step, planning=False):
                self._finished(step, event.elapsed)
            case StepFailed(step=step):
                self._running.pop(step.urn, None)
                self._print(f"!  {_title(step)}  failed {event.elapsed:.1f}s", "bold red")
            case Diagnostic(severity=severity) if severity != "debug":
                self._diagnostic(event)
            case PolicyReport():
                style = "bold red" if event.enforcement == "mandatory" else "yellow"
                self._print(f"   policy {event.policy} ({event.enforcement}): {event.message.strip()}", style)
            case Summary():
                self._tell_of_repetitions()
                self._screen.__exit__(None, None, None)

    def _diagnostic(self, event: Diagnostic) -> None:
        """The same words about many resources are printed for the first of them, and counted for the rest."""
        said = (event.severity, event.message.strip())
        self._said[said] += 1
        if self._said[said] <= MOST_REPEATED:
            prefix = f"{event.urn.split('::', 3)[-1]}: " if event.urn else ""
            self._print(f"   {event.severity}: {prefix}{said[1]}", _SEVERITY_STYLES[event.severity])

    def _tell_of_repetitions(self) -> None:
        for (severity, message), times in self._said.items():
            if times > MOST_REPEATED:
                rest = times - MOST_REPEATED
                self._print(f"   {severity}: and {rest} more: {message}", _SEVERITY_STYLES[severity])

    def _finished(self, step: StepView, elapsed: float) -> None:
        self._running.pop(step.urn, None)
        is_half = step.op is Op.REPLACE or (step.op is Op.DELETE_REPLACED)
        if step.op in _DONE and step.op is not Op.REFRESH and not is_half:
            seconds = f" {elapsed:.1f}s" if elapsed >= 0.05 else ""
            self._print(f"{_head(step)}  {_DONE[step.op]}{seconds}", STYLES.get(op_of(step), ""))

    def _print(self, text: str, style: str) -> None:
        print_text(self._console, text, style)


def _head(step: StepView) -> str:
    sign = "+-" if step.op in PHYSICAL_HALVES else SIGNS.get(step.op, " ")
    return f"{sign:2} {_title(step)}"


def _title(step: StepView) -> str:
    return f"{short_type(step.type)} {step.name}"


def _live(progress: Progress, console: Console) -> AbstractContextManager[object]:
    from rich.live import Live  # noqa: PLC0415 costs 0.05 s, which only a terminal need pay
    from rich.text import Text  # noqa: PLC0415

    def picture() -> Text:
        return Text("\n".join(progress.running()), style="dim")

    return Live(console=console, get_renderable=picture, refresh_per_second=8, transient=True)
