"""Ctrl-C where work goes on in threads and in containers.

Only the main thread feels the signal. It asks the others to stop, which they do at their next `checkpoint`, and ends
the commands that they wait for: what was started through the Docker Engine goes on when nobody listens any more.
What puts things right passes no checkpoint.
"""

import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

_asked = threading.Event()
_endings: set[Callable[[], None]] = set()


@contextmanager
def interruptible_threads(count: int) -> Iterator[ThreadPoolExecutor]:
    """A pool to be waited for within; an interrupt lets its threads stop, and waits until they have."""
    with ThreadPoolExecutor(count) as pool:
        try:
            yield pool
        except KeyboardInterrupt:
            interrupt_threads()
            raise


def interrupt_threads() -> None:
    """Let every thread stop at its next checkpoint, and end the commands they wait for."""
    _asked.set()
    for end in list(_endings):
        end()


def checkpoint() -> None:
    """Raises KeyboardInterrupt where the process was interrupted."""
    if _asked.is_set():
        raise KeyboardInterrupt


@contextmanager
def ended_by_interrupt(end: Callable[[], None]) -> Iterator[None]:
    """What is waited for within; an interrupt of this thread or of the main one calls `end`."""
    checkpoint()
    _endings.add(end)
    try:
        yield
        checkpoint()
    except KeyboardInterrupt:
        end()
        raise
    finally:
        _endings.discard(end)


@contextmanager
def undisturbed() -> Iterator[None]:
    """Ctrl-C waits until the end; for the main thread, while it puts things right."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    missed: list[int] = []
    former = {each: signal.signal(each, lambda number, _: missed.append(number)) for each in _SIGNALS}
    try:
        yield
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)
    if missed:
        raise KeyboardInterrupt


_SIGNALS = (signal.SIGINT, signal.SIGTERM)
