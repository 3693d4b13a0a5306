"""What a PostgreSQL server runs with: settings, pg_hba, extensions, replication, archiving."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Setting:
    """A server setting in PostgreSQL's own text form; `unit` is what a bare number counts (`8kB`, `ms`, ...).

    `pending_value` is what the files say where that waits for a restart or reload; `is_from_alter_system` that the
    file in question is `postgresql.auto.conf`.
    """

    name: str
    value: str
    unit: str | None = None
    source: str = "default"
    pending_restart: bool = False
    pending_value: str | None = None
    is_from_alter_system: bool = False


@dataclass(frozen=True, slots=True)
class HbaRule:
    """One line of `pg_hba.conf` in force order; `address` None for local lines; `options` as `key=value`."""

    line: int
    type: str
    databases: tuple[str, ...]
    users: tuple[str, ...]
    address: str | None
    method: str
    options: tuple[str, ...] = ()
    error: str | None = None

    @property
    def text(self) -> str:
        """The line as it would be written."""
        parts = (self.type, ",".join(self.databases), ",".join(self.users), self.address, self.method, *self.options)
        return " ".join(part for part in parts if part)


@dataclass(frozen=True, slots=True)
class Extension:
    """An installed extension."""

    name: str
    version: str
    schema: str
    owner: str = ""


@dataclass(frozen=True, slots=True)
class Publication:
    """A logical publication; `tables` as (schema, name)."""

    name: str
    owner: str
    all_tables: bool = False
    tables: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Subscription:
    """A logical subscription: it writes what another server sends."""

    name: str
    owner: str
    is_enabled: bool


@dataclass(frozen=True, slots=True)
class ReplicationSlot:
    """A slot; an inactive one keeps WAL for ever."""

    name: str
    kind: str
    is_active: bool
    plugin: str | None = None


@dataclass(frozen=True, slots=True)
class Replica:
    """A row of `pg_stat_replication`; lag in bytes."""

    name: str
    user: str
    state: str
    sync_state: str
    lag: int | None = None


@dataclass(frozen=True, slots=True)
class Archiver:
    """`pg_stat_archiver`: counts, and the last error's time as ISO text."""

    archived: int
    failed: int
    last_failed_wal: str | None = None
    last_archived_wal: str | None = None
    is_failing: bool = False


@dataclass(frozen=True, slots=True)
class AppliedChangeset:
    """A row of a service's `databasechangelog`."""

    schema: str
    id: str
    author: str
    filename: str
    checksum: str | None
    order: int
