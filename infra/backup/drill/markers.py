"""Rows written around a moment of a running instance, by which a restore to that moment is judged."""

import time
from dataclasses import dataclass

from infra.backup.restore.recovery import query
from infra.host.interruption import checkpoint
from infra.model.errors import ResourceError

_POLL_SECONDS = 0.1
_ARCHIVE_SECONDS = 60
_WRITE = """
CREATE SCHEMA IF NOT EXISTS {schema};
REVOKE ALL ON SCHEMA {schema} FROM PUBLIC;
CREATE TABLE IF NOT EXISTS {schema}.marker (name text, written timestamptz DEFAULT clock_timestamp());
INSERT INTO {schema}.marker (name) VALUES ('{name}');
"""
_CLOCK = "SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US') || '+00:00'"
_ARCHIVED = "SELECT last_archived_wal >= '{segment}' FROM pg_stat_archiver"


@dataclass(frozen=True)
class Markers:
    """One drill's markers on an instance's container, in the database `postgres` and a schema of the drill's own."""

    container: str
    drill: str

    def write(self, name: str) -> None:
        """Commit a marker. Raises ResourceError."""
        query(self.container, "postgres", _WRITE.format(schema=self._schema, name=name))

    def present_in(self, container: str) -> frozenset[str]:
        """The names of this drill's markers that a copy holds; none where the table is missing."""
        if query(container, "postgres", f"SELECT to_regclass('{self._schema}.marker')") == "":
            return frozenset()
        return frozenset(query(container, "postgres", f"SELECT name FROM {self._schema}.marker").split())  # noqa: S608 our own id

    def cluster(self) -> str:
        """The server's system identifier."""
        return query(self.container, "postgres", "SELECT system_identifier FROM pg_control_system()")

    def now(self) -> str:
        """The server's clock, ISO 8601 in UTC with microseconds."""
        return query(self.container, "postgres", _CLOCK)

    def archive(self) -> float:
        """Hand everything written so far to the repository; the seconds until it was there. Raises ResourceError."""
        started = time.monotonic()
        segment = query(self.container, "postgres", "SELECT pg_walfile_name(pg_switch_wal())")
        while query(self.container, "postgres", _ARCHIVED.format(segment=segment)) != "t":
            if time.monotonic() > started + _ARCHIVE_SECONDS:
                raise ResourceError(
                    f"{self.container}: WAL segment {segment} was not archived within {_ARCHIVE_SECONDS} s",
                    "aqdata backup check",
                )
            checkpoint()
            time.sleep(_POLL_SECONDS)
        return time.monotonic() - started

    def remove(self) -> None:
        """Take this drill's markers away."""
        query(self.container, "postgres", f"DROP SCHEMA IF EXISTS {self._schema} CASCADE")

    @property
    def _schema(self) -> str:
        return f"drill_{self.drill}"
