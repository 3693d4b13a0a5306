#!/usr/bin/python3
"""Start Patroni with a shorter leader lease than it allows by itself, and with what ends a primary that is late.

Patroni 4.0 raises a `ttl` below 20 s to 20 s, so a primary that vanishes from the network would stop writes for up
to 22 s. Its own safety condition is `loop_wait + 2 * retry_timeout <= ttl`, and that one is kept here: the leader
gives up before its lease ends. Both are refused where they do not hold.

Before it gives up it asks all replicas whether it may go on, by default for up to four seconds, which the condition
does not count: of the lease nothing was left. It asks once. What then still takes too long, `deadline.py` ends.

Who would lead looks at every node first, for two seconds each: mostly a vanished primary's, whose lease has ended. That
one has a second to say that it is still there.
"""

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from deadline import Deadline
from patroni.__main__ import main
from patroni.config import Config
from patroni.ha import Ha
from patroni.request import PatroniRequest
from patroni.watchdog.base import WatchdogConfig
from urllib3 import Timeout

LOWEST = {"loop_wait": 1, "retry_timeout": 3, "ttl": 8}
FAILSAFE = {"timeout": Timeout(total=1.5), "retries": 0}
FORMER = {"timeout": Timeout(total=1)}
asked = threading.local()
"""`is_former`: whether this thread looks at the node that led before."""


def keep_timing(self: Config, config: dict[str, Any]) -> None:
    """Accept what is safe; otherwise leave the adjustment to Patroni."""
    values = {name: int(config.get(name, 0)) for name in LOWEST}
    is_safe = values["loop_wait"] + 2 * values["retry_timeout"] <= values["ttl"]
    if not is_safe or any(values[name] < lowest for name, lowest in LOWEST.items()):
        adjust(self, config)


def ask_once(
    self: PatroniRequest, member: Any, method: str = "GET", endpoint: str | None = None, data: Any = None, **how: Any
) -> Any:
    """Ask another node; whether this primary may go on without etcd, not for longer than that."""
    if endpoint == "failsafe":
        how |= FAILSAFE
    elif getattr(asked, "is_former", False):
        how |= FORMER
    return ask(self, member, method, endpoint, data, **how)


def look(self: Ha, member: Any) -> Any:
    """What a node says of itself in the race for the lease."""
    former = self.old_cluster and self.old_cluster.leader
    asked.is_former = bool(former) and former.name == member.name
    try:
        return look_at(self, member)
    finally:
        asked.is_former = False


def go_on(self: Ha) -> str:
    """One more look at the cluster, which a process that waits for it is told."""
    if isinstance(self.watchdog.impl, Deadline):
        self.watchdog.impl.note_cycle()
    done: str = run_cycle(self)
    return done


@contextmanager
def counted_from_now(ha: Ha) -> Iterator[None]:
    """What is renewed inside counts from here; nothing that is renewed later does."""
    ha.watchdog.impl.renewing_since = time.monotonic()
    try:
        yield
    finally:
        ha.watchdog.impl.renewing_since = None


def renew(self: Ha, *more: Any, **how: Any) -> bool:
    """Renew the lease, which counts from before etcd is asked."""
    with counted_from_now(self):
        renewed: bool = renew_lease(self, *more, **how)
    return renewed


def judge_alone(self: Ha) -> str:
    """Without etcd, what replicas agree to counts from before they are asked, as they count it.

    It logs in anew when etcd is back: one that was restored keeps a login of before waiting, and never refuses it.
    """
    self.dcs._client._reauthenticate = True
    with counted_from_now(self):
        done: str = handle_dcs_error(self)
    return done


adjust = Config._validate_and_adjust_timeouts
Config._validate_and_adjust_timeouts = keep_timing
ask = PatroniRequest.__call__
PatroniRequest.__call__ = ask_once
look_at = Ha.fetch_node_status
Ha.fetch_node_status = look
run_cycle = Ha.run_cycle
Ha.run_cycle = go_on
handle_dcs_error = Ha._handle_dcs_error
Ha._handle_dcs_error = judge_alone
renew_lease = Ha.update_lock
Ha.update_lock = renew
WatchdogConfig.get_impl = lambda _: Deadline()

if __name__ == "__main__":
    sys.exit(main())
