"""What is checked on a restored copy, each a judgement of its own."""

import re
from datetime import UTC, datetime

from infra.backup.checksums import table_checksums
from infra.backup.container import execute_until_interrupted
from infra.backup.database import Database
from infra.backup.drill.markers import Markers
from infra.backup.drill.report import Judgement
from infra.backup.drill.scans import Scans
from infra.backup.drill.unchanged import Unchanged, unchanged_rows
from infra.backup.restore.copy import RestoredCopy
from infra.backup.restore.recovery import query
from infra.components.postgres_settings import DATABASE

_TIMELINE = "SELECT ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::int"
_AMCHECK = ["pg_amcheck", "--database=" + DATABASE, "--install-missing", "--heapallindexed", "--jobs=2"]
_CHANGELOGS = """
SELECT format(
  $$SELECT %L, count(*), md5(string_agg(id || md5sum, ' ' ORDER BY orderexecuted)), $$ ||
  $$extract(epoch FROM max(dateexecuted))::bigint FROM %s$$, c.relnamespace::regnamespace, c.oid::regclass)
FROM pg_class AS c WHERE c.relname = 'databasechangelog' ORDER BY c.relnamespace::regnamespace::text
"""
_STOPPED = re.compile(r"recovery stopping before (?:commit|abort) of .*?, time (\S+ \S+)")
_COMPLETED = re.compile(r"last completed transaction was at log time (\S+ \S+)")


def marker_judgement(markers: Markers, expected: frozenset[str], copy: RestoredCopy) -> Judgement:
    """What was written before the moment is there, and what was written after it is not."""
    found = markers.present_in(copy.name)
    wanted = ", ".join(sorted(expected)) or "none"
    return Judgement("markers", found == expected, f"holds {', '.join(sorted(found)) or 'none'}, expected {wanted}")


def moment_judgement(copy: RestoredCopy, target: datetime) -> Judgement:
    """By the server's own log, the last transaction is from before the moment and the next one from after it."""
    log = copy.container.logs().decode(errors="replace")
    before, after = _last(_COMPLETED, log), _last(_STOPPED, log)
    passed = after is not None and after > target and (before is None or before <= target)
    return Judgement("moment", passed, f"between {_said(before)} and {_said(after)}")


def timeline_judgement(source: str, copy: RestoredCopy) -> Judgement:
    """The copy writes on the next timeline."""
    running, restored = (int(query(name, "postgres", _TIMELINE)) for name in (source, copy.name))
    return Judgement("timeline", restored == running + 1, f"{restored}, the source has {running}")


def changelog_judgement(source: str, copy: RestoredCopy) -> Judgement:
    """The same changesets were applied to both."""
    running, restored = changelogs(source), changelogs(copy.name)
    differing = sorted(schema for schema in {*running, *restored} if running.get(schema) != restored.get(schema))
    detail = f"differs in {', '.join(differing)}" if differing else f"{len(running)} changelogs as in the source"
    return Judgement("changelog", not differing, detail)


def rows_judgement(source: Database, scans: Scans, copy: Database) -> Judgement:
    """Every table holds the rows that it held around the moment; a busy one all that stayed as they were."""
    copied = table_checksums(copy)
    busy = {table: unchanged_rows(source, copy, table, scans.horizon) for table in scans.busy(copied)}
    wrong = [table for table in scans.differing(copied) if table not in busy]
    wrong += [said for table, found in busy.items() if (said := _wrong(table, found, scans.rows_before(table)))]
    kept = f", {len(busy)} written meanwhile with their {sum(found.rows for found in busy.values())} unchanged rows"
    whole = f"{len(copied) - len(busy)} tables as at the moment{kept if busy else ''}"
    return Judgement("rows", not wrong and bool(scans.before), f"differ in {', '.join(wrong)}" if wrong else whole)


def _wrong(table: str, found: Unchanged, rows_before: int) -> str | None:
    if found.lost:
        return f"{table} ({found.lost} of {found.rows} unchanged rows lost)"
    surplus = found.held - rows_before
    return f"{table} ({surplus} rows too many)" if surplus > 0 else None


def readable_judgement(copy: Database) -> Judgement:
    """Every row of every table can be read; nobody knows any more what they were."""
    tables = table_checksums(copy)
    rows = sum(int(found.partition(":")[0]) for found in tables.values())
    return Judgement("rows", bool(tables), f"{rows} rows of {len(tables)} tables can be read")


def pages_judgement(copy: RestoredCopy) -> Judgement:
    """Every page of tables and indexes is whole, and each row has its index entries."""
    ended = execute_until_interrupted(copy.name, _AMCHECK)
    return Judgement("amcheck", not ended.code, ended.reason if ended.code else "tables and indexes are whole")


def changelogs(container: str) -> dict[str, tuple[str, ...]]:
    """Schema -> how many changesets it has, their checksum, and when the last was applied in seconds since 1970."""
    statements = query(container, DATABASE, _CHANGELOGS).splitlines()
    rows = query(container, DATABASE, " UNION ALL ".join(statements)).splitlines() if statements else []
    return {schema: tuple(rest) for schema, *rest in (row.split("|") for row in rows)}


def _last(pattern: re.Pattern[str], log: str) -> datetime | None:
    found = pattern.findall(log)
    return datetime.fromisoformat(found[-1]).astimezone(UTC) if found else None


def _said(moment: datetime | None) -> str:
    return moment.isoformat(timespec="milliseconds") if moment else "nothing"
