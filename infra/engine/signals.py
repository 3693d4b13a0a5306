"""Hears Ctrl-C while an engine works; what it means is the engine's to say."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import current_thread, main_thread
from types import FrameType

from infra.host.interruption import INTERRUPTING

CANCELLING = "cancelling: finishing what runs; Ctrl-C again stops at once"


@contextmanager
def listening(heard: Callable[[], None]) -> Iterator[None]:
    """Call `heard` at each SIGINT, SIGTERM and SIGHUP meanwhile, where that is possible: on the main thread.

    What is ignored stays so: whoever started the process wants it.
    """
    if current_thread() is not main_thread():
        yield
        return

    def handle(_signal: int, _frame: FrameType | None) -> None:
        heard()

    heeded = [number for number in INTERRUPTING if signal.getsignal(number) is not signal.SIG_IGN]
    previous = {number: signal.signal(number, handle) for number in heeded}
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
