"""Looking again and again until something is so."""

import time
from collections.abc import Callable

from infra.model.errors import ResourceError


def await_so(is_so: Callable[[], bool], seconds: float, otherwise: str, *, hint: str, every: float) -> None:
    """Return once it is so, looked at `every` so many seconds. Raises ResourceError with `otherwise` and the time."""
    deadline = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > deadline:
            raise ResourceError(f"{otherwise} within {seconds:.0f} s", hint)
        time.sleep(every)
