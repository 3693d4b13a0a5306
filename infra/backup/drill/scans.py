"""What the tables of a running instance held before and after a moment."""

from collections.abc import Mapping
from dataclasses import dataclass

from infra.backup.checksums import differences


@dataclass(frozen=True)
class Scans:
    """Table -> its checksum, before and after; every transaction before `horizon` had ended before the first scan."""

    before: Mapping[str, str]
    after: Mapping[str, str]
    horizon: int

    def differing(self, copied: Mapping[str, str]) -> list[str]:
        """Tables of a copy of the moment that are neither as they were before nor as they were after it."""
        return differences(self.before, self.after, copied)

    def busy(self, copied: Mapping[str, str]) -> list[str]:
        """Those among them that may have been written to meanwhile, and can be compared row by row.

        Equal scans do not tell: a row that is put into a queue and taken out again was there at the moment.
        """
        return [table for table in self.differing(copied) if table in self.after and table in copied]

    def rows_before(self, table: str) -> int:
        """How many rows the table had before."""
        return int(self.before.get(table, "0:").partition(":")[0])
