"""What ends a primary that does not renew its lease in time, whatever keeps its Patroni from giving up by itself.

Patroni's own answer is a watchdog device, which resets the host; a container should not be given one. A small process
beside Patroni, told of each renewal, kills PostgreSQL when the next one is late. Patroni goes on, and makes it a
replica when etcd answers again: a host that is cut off could not start the container, which its swarm has to admit to
its networks. Only where Patroni itself does not go on, everything ends, and the container is started anew.
"""

import subprocess
import time
from contextlib import suppress

from patroni.exceptions import WatchdogError
from patroni.watchdog.base import WatchdogBase

_OFF, _ALIVE = "off", "alive"
_GUARD = f"""
while read -r -t "${{left:-60}}" left; do [ "$left" != {_OFF} ] || exit 0; done
echo 'aqstream-patroni: the lease was not renewed in time, PostgreSQL is killed' >&2
pkill -KILL -x postgres
if ! read -r -t 20 left; then
    echo 'aqstream-patroni: Patroni does not go on, everything in this container ends' >&2
    kill -KILL -1
fi
"""
"""Reads how many seconds are left, again and again. The pipe ends when Patroni has died without giving up."""


class Deadline(WatchdogBase):  # type: ignore[misc]  # Patroni has no types
    """A watchdog of Patroni's. `renewing_since`: the monotonic time from which the lease that is being renewed counts.

    etcd begins the lease anew when it is asked, which may be long before its answer is here.
    """

    def __init__(self) -> None:
        self._guard: subprocess.Popen[str] | None = None
        self._seconds = 0
        self._ends = 0.0
        self.renewing_since: float | None = None

    @property
    def is_running(self) -> bool:
        return self._guard is not None and self._guard.poll() is None

    @property
    def is_healthy(self) -> bool:
        return True

    def open(self) -> None:
        self.close()
        try:
            self._guard = subprocess.Popen(["bash", "-c", _GUARD], stdin=subprocess.PIPE, text=True)
        except OSError as error:
            raise WatchdogError(f"the process that ends a late primary cannot be started: {error}") from error

    def close(self) -> None:
        if self._guard is not None:
            with suppress(WatchdogError):
                self._say(_OFF)
            self._guard.wait()
            self._guard = None

    def keepalive(self) -> None:
        since = self.renewing_since or time.monotonic()
        if not self.is_running:
            self.open()
        self._ends = since + self._seconds
        self._say(f"{max(0.01, self._ends - time.monotonic()):.2f}")

    def note_cycle(self) -> None:
        """Patroni goes on, though too late."""
        if self.is_running and time.monotonic() > self._ends:
            with suppress(WatchdogError):
                self._say(_ALIVE)

    def has_set_timeout(self) -> bool:
        return True

    def set_timeout(self, timeout: int) -> None:
        self._seconds = timeout
        self.keepalive()

    def get_timeout(self) -> int:
        return self._seconds

    def _say(self, word: str) -> None:
        if self._guard is None or self._guard.stdin is None:
            raise WatchdogError("the process that ends a late primary does not run")
        try:
            self._guard.stdin.write(f"{word}\n")
            self._guard.stdin.flush()
        except OSError as error:
            raise WatchdogError(f"the process that ends a late primary does not listen: {error}") from error
