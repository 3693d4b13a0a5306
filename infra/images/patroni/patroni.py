#!/usr/bin/python3
"""Start Patroni with a shorter leader lease than it allows by itself.

Patroni 4.0 raises a `ttl` below 20 s to 20 s, so a primary that vanishes from the network would stop writes for up
to 22 s. Its own safety condition is `loop_wait + 2 * retry_timeout <= ttl`, and that one is kept here: the leader
gives up before its lease ends. Both are refused where they do not hold, and nothing else of Patroni is changed.
"""

import sys
from typing import Any

from patroni.__main__ import main
from patroni.config import Config

LOWEST = {"loop_wait": 1, "retry_timeout": 3, "ttl": 8}


def keep_timing(self: Config, config: dict[str, Any]) -> None:
    """Accept what is safe; otherwise leave the adjustment to Patroni."""
    values = {name: int(config.get(name, 0)) for name in LOWEST}
    is_safe = values["loop_wait"] + 2 * values["retry_timeout"] <= values["ttl"]
    if not is_safe or any(values[name] < lowest for name, lowest in LOWEST.items()):
        adjust(self, config)


adjust = Config._validate_and_adjust_timeouts
Config._validate_and_adjust_timeouts = keep_timing

if __name__ == "__main__":
    sys.exit(main())
