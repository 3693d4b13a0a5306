"""One instance of a stack at a time moves its primary or restarts its servers, however many are changed by one `up`."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

_TURN = threading.Lock()


@contextmanager
def own_turn() -> Iterator[None]:
    """Within it no other instance does so: side by side they would take the processor from whoever takes over."""
    with _TURN:
        yield
