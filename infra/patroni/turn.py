"""Whose turn it is among the nodes that one `up` changes: nobody else moves or joins while a primary moves.

Side by side they would take the processor from whoever is about to take over. Nodes that join do so side by side.
"""

import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

_AWAY_SECONDS = 20.0
"""How long is waited for a node that was taken away: one that does not come back keeps nobody waiting for ever."""


class Turns:
    """`leave` and `come_back` say which nodes are being renewed; within `alone` none is but the one that asked."""

    def __init__(self, away_seconds: float = _AWAY_SECONDS) -> None:
        self._changed = threading.Condition()
        self._is_taken = False
        self._away: dict[str, float] = {}
        self._away_seconds = away_seconds
        self._dismissed: set[str] = set()

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Starts when those before are done and all nodes that were taken away are back."""
        with self._changed:
            self._changed.wait_for(lambda: not self._is_taken)
            self._is_taken = True
            while left := self._seconds_left():
                self._changed.wait(left)
        try:
            yield
        finally:
            with self._changed:
                self._is_taken = False
                self._changed.notify_all()

    def leave(self, node: str) -> None:
        """The node is about to be taken away; returns when nobody is alone."""
        with self._changed:
            self._changed.wait_for(lambda: not self._is_taken)
            self._away[node] = time.monotonic() + self._away_seconds

    def come_back(self, node: str) -> None:
        """The node is there again, or will not be."""
        with self._changed:
            self._away.pop(node, None)
            self._changed.notify_all()

    def dismiss(self, nodes: Iterable[str]) -> None:
        """Their cluster goes: none of them has to see to it that another one takes over."""
        self._dismissed.update(nodes)

    def is_dismissed(self, node: str) -> bool:
        """Whether its cluster went before it."""
        return node in self._dismissed

    def _seconds_left(self) -> float:
        """Until the last node that is away is not waited for any more."""
        return max(0.0, max(self._away.values(), default=0.0) - time.monotonic())


TURNS = Turns()
