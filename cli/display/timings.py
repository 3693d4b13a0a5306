"""Where the time of a command goes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from cli.display.plan import short_type
from infra.engine.events import Event, StepFinished

LONGEST_STEPS = 12
SHORTEST_SHOWN = 0.05


class Timings:
    """Seconds of a command's phases, and of the resources that took longest."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._start = clock()
        self._phases: dict[str, float] = {}
        self._steps: list[tuple[float, str]] = []

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Measures what runs inside."""
        start = self._clock()
        try:
            yield
        finally:
            self._phases[name] = self._phases.get(name, 0.0) + self._clock() - start

    def __call__(self, event: Event) -> None:
        """Notes how long a resource took."""
        if isinstance(event, StepFinished) and not event.planning and event.elapsed >= SHORTEST_SHOWN:
            step = event.step
            self._steps.append((event.elapsed, f"{step.op} {short_type(step.type)} {step.name}"))

    def report(self) -> list[str]:
        """The phases in order, the longest steps below them (they overlap), and the total."""
        lines = [f"{seconds:7.2f}s  {name}" for name, seconds in self._phases.items()]
        steps = sorted(self._steps, reverse=True)[:LONGEST_STEPS]
        lines += [f"{seconds:7.2f}s    {name}" for seconds, name in steps]
        return [*lines, f"{self._clock() - self._start:7.2f}s  in all"]
