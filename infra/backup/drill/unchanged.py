"""Rows of a busy table that stayed as they were around a moment: a copy of that moment must have each of them.

What a table held at a moment is not known where others commit before and after it. But a version of a row that was
committed before the moment and is still there was there at the moment; a physical copy has it at the same place
(`ctid`), of the same transaction (`xmin`), with the same columns. And of the versions from before a scan none but those
that the scan found were there at any later moment.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from infra.backup.checksums import relations_of
from infra.backup.database import Database

_HORIZON = "SELECT pg_snapshot_xmin(pg_current_snapshot())"
_PART_BLOCKS = 4096
"""Blocks of a relation whose rows are compared one by one where their sums differ: at most a million rows."""
_VERSION = "hashtextextended(concat_ws(' ', ctid, xmin, (t.*)::text), 0)"
# Not `xmin < horizon`: an xmin has 32 bits, and that of a frozen row may be of any earlier round of the counter.
_OLD = """
FROM ONLY {relation} AS t WHERE
((xmin::text::bigint - {horizon}) & 4294967295) >= pg_snapshot_xmax(pg_current_snapshot())::text::bigint - {horizon}
"""
_PART = f"(ctid::text::point)[0]::bigint / {_PART_BLOCKS}"
_SUMS = f"SELECT {_PART}, count(*), sum({_VERSION}::numeric) {_OLD} GROUP BY 1"
_ROWS = f"SELECT {_VERSION} {_OLD} AND ctid >= '({{first}},0)' AND ctid < '({{end}},0)'"


@dataclass(frozen=True)
class Unchanged:
    """How many rows of a table stayed as they were, how many of these a copy lost, and how many as old it has."""

    rows: int = 0
    lost: int = 0
    held: int = 0

    def __add__(self, other: "Unchanged") -> "Unchanged":
        return Unchanged(self.rows + other.rows, self.lost + other.lost, self.held + other.held)


def horizon(source: Database) -> int:
    """The oldest transaction that runs: all before it have ended. Raises ResourceError."""
    (found,) = source.query(_HORIZON)
    return int(found)


def unchanged_rows(source: Database, copy: Database, table: str, before: int) -> Unchanged:
    """Those from before the horizon, which is of a time before the copy's moment, and still in the source.

    Raises ResourceError.
    """
    copied = relations_of(copy, table)
    found = (_of(source, copy if each in copied else None, each, before) for each in relations_of(source, table))
    return sum(found, Unchanged())


def _of(source: Database, copy: Database | None, relation: str, before: int) -> Unchanged:
    wanted = _sums(source, relation, before)
    rows = _count(wanted)
    if copy is None:
        return Unchanged(rows, lost=rows)
    copied = _sums(copy, relation, before)
    differing = [part for part, sums in wanted.items() if copied.get(part) != sums]
    lost = sum(_lost(source, copy, relation, before, part) for part in differing)
    return Unchanged(rows, lost, _count(copied))


def _count(sums: Mapping[int, tuple[int, int]]) -> int:
    return sum(count for count, _ in sums.values())


def _sums(database: Database, relation: str, before: int) -> dict[int, tuple[int, int]]:
    """Part of the relation -> its old rows and the sum of their hashes."""
    rows = (row.split("|") for row in database.query(_SUMS.format(relation=relation, horizon=before)))
    return {int(part): (int(count), int(checksum)) for part, count, checksum in rows}


def _lost(source: Database, copy: Database, relation: str, before: int, part: int) -> int:
    first = part * _PART_BLOCKS
    listed = _ROWS.format(relation=relation, horizon=before, first=first, end=first + _PART_BLOCKS)
    return len({*source.query(listed)} - {*copy.query(listed)})
