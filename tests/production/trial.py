"""One fault under continuous writes, and what it cost."""

import time
from contextlib import contextmanager
from dataclasses import dataclass

from tests.production.cluster import Replicated, wait_for
from tests.production.faults import Fault
from tests.production.watcher import Watcher
from tests.production.writer import Writer

HEAL_SECONDS = 120.0
INSTANCES = {"postgres-payment": "payment_service", "postgres-user": "user_service"}


@dataclass(frozen=True)
class Outcome:
    """What a fault did. `pause`: the longest time without an answered commit; `healed`: from its end until the cluster
    was whole; `handed_over`: whether another node is the primary now; `archives`: whether its archiver goes on, and
    `is_contiguous` whether the archive has no gap."""

    instance: str
    fault: str
    pause: float
    acknowledged: int
    lost: int
    two_primaries: int
    handed_over: bool
    healed: float
    archives: bool
    is_contiguous: bool

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
            "yes" if self.archives and self.is_contiguous else "no",
        )
        return f"| {' | '.join(cells)} |"


_COLUMNS = (
    "instance",
    "fault",
    "without writes",
    "commits answered",
    "of them lost",
    "two primaries",
    "primary moved",
    "whole after",
    "archive goes on without a gap",
)
HEADER = f"| {' | '.join(_COLUMNS)} |\n{'|---' * len(_COLUMNS)}|"


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
        archives=instance.archives(),
        is_contiguous=instance.is_contiguous(),
    )
