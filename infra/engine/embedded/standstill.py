"""Notices that a program waits for itself: nothing is under way, and nobody is left who could bring it on.

An event loop asks its selector to wait without a limit exactly when no callback is ready and no timer is set. If then
no call runs in its pool, no file is watched but the loop's own, and no thread of the program's is alive, then whatever
the program waits for never comes.
"""

from __future__ import annotations

import asyncio
import selectors
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

import pulumi
from pulumi.runtime import register_stack_transformation

from infra.model.errors import AqdataError

T = TypeVar("T")
Events = list[tuple[selectors.SelectorKey, int]]
MOST_NAMED = 6
_GRACE_SECONDS = 1.0
"""For a call that has just ended to be heard of."""
_OWN_FILES = 1
"""The pipe that wakes the loop."""
_POOL = "register"
_IDLE = (_POOL, "asyncio")
"""Threads of the pools: the program's calls, and those that providers make of their own."""


class Standstill(AqdataError):
    """The program waits for itself."""


class Calls(ThreadPoolExecutor):
    """Threads for the program's calls; knows which are under way."""

    def __init__(self, most: int) -> None:
        super().__init__(most, thread_name_prefix=_POOL)
        self._under_way: set[Future[Any]] = set()

    @property
    def is_idle(self) -> bool:
        return not self._under_way

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        future = super().submit(fn, *args, **kwargs)
        self._under_way.add(future)
        future.add_done_callback(self._under_way.discard)
        return future


class Watch(selectors.DefaultSelector):
    """The selector of a program's event loop; calls `on_standstill` when nothing can happen any more."""

    def __init__(self, calls: Calls, on_standstill: Callable[[], None]) -> None:
        super().__init__()
        self._calls = calls
        self._on_standstill = on_standstill
        self._others = frozenset(threading.enumerate())

    def select(self, timeout: float | None = None) -> Events:
        if timeout is not None or not self._is_still():
            return super().select(timeout)
        events = super().select(_GRACE_SECONDS)
        if not events and self._is_still():
            self._on_standstill()
        return events

    def _is_still(self) -> bool:
        return self._calls.is_idle and len(self.get_map()) <= _OWN_FILES and not self._has_threads()

    def _has_threads(self) -> bool:
        return any(each not in self._others and not each.name.startswith(_IDLE) for each in threading.enumerate())


def run_watched(work: Callable[[], Awaitable[None]], calls: Calls, explain: Callable[[], Standstill]) -> None:
    """Run a coroutine to its end in a loop of its own. Raises what `explain` gives where it waits for itself."""
    found: list[Standstill] = []
    running: list[asyncio.Task[Any]] = []

    def give_up() -> None:
        found.append(explain())
        for task in running:
            task.cancel()

    async def main() -> None:
        running.extend(filter(None, [asyncio.current_task()]))
        asyncio.get_running_loop().set_default_executor(calls)
        await work()
        running.clear()

    watch = Watch(calls, give_up)
    try:
        with asyncio.Runner(loop_factory=lambda: asyncio.SelectorEventLoop(watch)) as runner:
            runner.run(main())
    except asyncio.CancelledError:
        if not found:
            raise
        raise found[0] from None


class Roll:
    """Everything that the program makes, by type and name, whether it is registered already or not."""

    def __init__(self) -> None:
        self._made: list[tuple[str, str]] = []

    def call(self) -> None:
        """Note what is made from now on; called inside the stack."""
        register_stack_transformation(self._note)

    def standstill(self, is_registered: Callable[[str, str], bool]) -> Standstill:
        """Names what was never registered; `is_registered` is asked with type and name."""
        waiting = [name for kind, name in self._made if not is_registered(kind, name)]
        rest = f" and {len(waiting) - MOST_NAMED} more" if len(waiting) > MOST_NAMED else ""
        return Standstill(
            f"the program waits for itself: {', '.join(waiting[:MOST_NAMED])}{rest} cannot be registered, "
            "as some of them need one another. What was done before is saved",
            "what depends on a component depends on all of its children: correct `depends_on` and the inputs of these",
        )

    def _note(self, args: pulumi.ResourceTransformationArgs) -> None:
        self._made.append((args.type_, args.name))
