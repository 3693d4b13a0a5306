"""Ctrl-C where work goes on in threads and in containers.

Only the main thread feels the signal. It asks the others to stop, which they do at their next `checkpoint`, and ends
the commands that they wait for: what was started through the Docker Engine goes on when nobody listens any more.
What puts things right passes no checkpoint.
"""

import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from types import FrameType
from typing import Any, TypeVar

T = TypeVar("T")
INTERRUPTING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""What ends a command as Ctrl-C does."""

_asked = threading.Event()
_endings: set[Callable[[], None]] = set()


class Threads(ThreadPoolExecutor):
    """A pool that knows what it was given."""

    def __init__(self, count: int) -> None:
        super().__init__(count)
        self._futures: list[Future[Any]] = []

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        """Have a thread call it."""
        future = super().submit(fn, *args, **kwargs)
        self._futures.append(future)
        return future

    def is_at_work(self, seconds: float) -> bool:
        """Whether anything is still under way after so long."""
        return bool(wait(self._futures, seconds).not_done)


@contextmanager
def interruptible_threads(count: int) -> Iterator[Threads]:
    """A pool whose work has ended when this ends; what starts the work is within, and waits for nothing.

    An interrupt lets its threads stop, and is raised when they have.
    """
    with _put_off() as interrupts, Threads(count) as pool:
        yield pool
        while pool.is_at_work(_LOOK_SECONDS):
            if interrupts and not _asked.is_set():
                interrupt_threads()
    if interrupts:
        raise KeyboardInterrupt


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
    _endings.add(end)
    try:
        checkpoint()
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
    with _put_off() as interrupts:
        yield
    if interrupts:
        raise KeyboardInterrupt


@contextmanager
def _put_off() -> Iterator[list[int]]:
    """The signals that would have interrupted the main thread meanwhile.

    Python raises an interrupt wherever the main thread is: in the midst of what a pool does with its locks, it leaves
    them locked for ever.
    """
    heard: list[int] = []
    if threading.current_thread() is not threading.main_thread():
        yield heard
        return
    former = {number: handler for number in INTERRUPTING if callable(handler := signal.getsignal(number))}

    def hear(number: int, frame: FrameType | None) -> None:
        try:
            former[signal.Signals(number)](number, frame)
        except KeyboardInterrupt:
            heard.append(number)

    for number in former:
        signal.signal(number, hear)
    try:
        yield heard
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)


# A signal that arrives between Python's last look for one and the wait itself is noticed only after the wait.
_LOOK_SECONDS = 0.2
