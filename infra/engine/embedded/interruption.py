"""Ctrl-C: once means finish what runs and save, twice means stop now.

A provider's call cannot be stopped from outside, so stopping now ends the process. The state on disk then lists
what was under way, and the next operation looks into it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread

from infra.engine import signals
from infra.engine.signals import CANCELLING
from infra.model.errors import Cancelled

_LAST_WORDS_SECONDS = 1.0


class Interruption:
    """Whether the user asked to stop. `leave` frees what others wait for before the process ends at once."""

    def __init__(self, leave: Callable[[], None] = lambda: None) -> None:
        self._asked = Event()
        self._leave = leave

    @property
    def is_asked(self) -> bool:
        return self._asked.is_set()

    def ask(self) -> None:
        self._asked.set()

    def check(self) -> None:
        """Raise Cancelled if the user asked to stop."""
        if self.is_asked:
            raise Cancelled("cancelled: what was running is finished, and the state is saved", "run it again to go on")

    @contextmanager
    def listening(self, tell: Callable[[str], None], end: Callable[[], None]) -> Iterator[None]:
        """Listen to SIGINT, SIGTERM and SIGHUP meanwhile.

        `tell` is called at the first one, and `end` before the process ends at the second.
        """

        def heard() -> None:
            if self.is_asked:
                _aside(end).join(_LAST_WORDS_SECONDS)
                self._leave()
                os._exit(Cancelled.exit_code)
            self.ask()
            _aside(lambda: tell(CANCELLING))

        with signals.listening(heard):
            yield


def _aside(work: Callable[[], None]) -> Thread:
    """Do it on another thread: the one that was interrupted may hold the very lock that telling needs."""
    thread = Thread(target=work, name="interruption", daemon=True)
    thread.start()
    return thread
