"""Looking again and again until something is so."""

import time
from collections.abc import Callable

from infra.model.errors import ResourceError

_LONGEST_SECONDS = 6 * 3600.0


class Deadline:
    """So many seconds from now, and from each `begin_again`; never more than `longest` altogether."""

    def __init__(self, seconds: float, longest: float = _LONGEST_SECONDS) -> None:
        self._seconds, self._last = seconds, time.monotonic() + longest
        self.begin_again()

    def begin_again(self) -> None:
        """What is waited for goes on."""
        self._at = min(time.monotonic() + self._seconds, self._last)

    @property
    def left(self) -> float:
        """Seconds until it is over."""
        return max(0.0, self._at - time.monotonic())

    @property
    def is_over(self) -> bool:
        """Whether nothing is left."""
        return not self.left


def await_so(is_so: Callable[[], bool], seconds: float, otherwise: str, *, hint: str, every: float) -> None:
    """Return once it is so, looked at `every` so many seconds. Raises ResourceError with `otherwise` and the time."""
    deadline = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > deadline:
            raise ResourceError(f"{otherwise} within {seconds:.0f} s", hint)
        time.sleep(every)
