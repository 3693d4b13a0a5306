"""One fault under continuous writes, and what it cost."""

import sys
import time
from collections.abc import Iterable
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.production.cluster import Replicated, wait_for
from tests.production.faults import FAULTS, Fault
from tests.production.watcher import Watcher
from tests.production.writer import Writer
from tests.servers.stack import StackUnderTest

HEAL_SECONDS = 120.0
INSTANCES = {"postgres-payment": "payment_service", "postgres-user": "user_service"}


@dataclass(frozen=True)
class Outcome:
    """What a fault did. `pause`: the longest time without an answered commit; `healed`: from its end until the cluster
    was whole; `handed_over`: whether another node is the primary now."""

    instance: str
    fault: str
    pause: float
    acknowledged: int
    lost: int
    two_primaries: int
    handed_over: bool
    healed: float

    @property
    def row(self) -> str:
        """A line of the table."""
        moved = "yes" if self.handed_over else "no"
        cells = (
            self.instance,
            self.fault.replace("_", " "),
            f"{self.pause:.1f} s",
            str(self.acknowledged),
            str(self.lost),
            str(self.two_primaries),
            moved,
            f"{self.healed:.0f} s",
        )
        return f"| {' | '.join(cells)} |"


HEADER = (
    "| instance | fault | without writes | commits answered | of them lost | two primaries | primary moved | whole after |\n"
    "|---|---|---|---|---|---|---|---|"
)


def undergo(instance: Replicated, fault: Fault) -> Outcome:
    """Let it happen while somebody writes, mend it, and look."""
    wait_for(instance.is_whole, HEAL_SECONDS, "whole cluster before the fault")
    before = instance.leader()
    with Writer(instance) as writer, Watcher(instance) as watcher:
        writer.await_writes(100)
        with contextmanager(fault)(instance):
            writer.await_writes()
        ended = time.monotonic()
        wait_for(instance.is_whole, HEAL_SECONDS, "whole cluster after the fault")
        healed = time.monotonic() - ended
        writer.await_writes(100)
    return Outcome(
        instance=instance.name,
        fault=fault.__name__,
        pause=writer.longest_pause(),
        acknowledged=len(writer.acknowledged),
        lost=len(writer.lost()),
        two_primaries=len(watcher.both_writable()),
        handed_over=instance.leader() != before,
        healed=healed,
    )


def main(name: str, folder: str, only: Iterable[str]) -> None:
    """Print the table for a deployed stack: NAME FOLDER [INSTANCE or FAULT...]."""
    stack, wanted = StackUnderTest(name, Path(folder)), set(only)
    print(HEADER)
    for instance in (Replicated(stack, each, service, 3) for each, service in INSTANCES.items()):
        for fault in FAULTS:
            if (
                not wanted
                or {instance.name, fault.__name__} <= wanted
                or (wanted & {instance.name} and len(wanted) == 1)
            ):
                print(undergo(instance, fault).row, flush=True)


def _arguments() -> list[Any]:
    return [sys.argv[1], sys.argv[2], sys.argv[3:]]


if __name__ == "__main__":
    main(*_arguments())
