"""One database's catalog through the verifier's login: a constant number of queries, whatever the number of tables."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from ipaddress import ip_address, ip_network
from typing import TypeVar

import psycopg
from psycopg import sql

from policies.facts.access import DefaultPrivilege, Membership, Role, RoleSetting, SystemGrant
from policies.facts.catalog import Catalog, Schema
from policies.facts.routines import Cast, EventTrigger, Function, Language
from policies.facts.server import (
    AppliedChangeset,
    Archiver,
    Extension,
    HbaRule,
    Publication,
    Replica,
    ReplicationSlot,
    Setting,
    Subscription,
)
from policies.sources.live.query import Connection, Row, build, fetch
from policies.sources.live.relations import read_relations

T = TypeVar("T")
_MAJOR = 17
"""The version whose catalogs the queries are written for."""


@dataclass
class _Reader:
    """Reads part by part; what the login may not see is noted and the rest goes on."""

    connection: Connection
    unread: dict[str, str] = field(default_factory=dict)

    def rows(self, name: str) -> list[Row]:
        """The query's rows, none where the login may not run it."""
        return self.guarded(name, lambda: fetch(self.connection, name))

    def all(self, name: str, kind: Callable[..., T]) -> tuple[T, ...]:
        """One value of this kind for each row of the query."""
        return build(kind, self.rows(name))

    def guarded(self, part: str, read: Callable[[], list[Row]]) -> list[Row]:
        """What `read` gives; a missing privilege or column leaves the transaction usable and is noted."""
        try:
            with self.connection.transaction():
                return read()
        except (psycopg.errors.InsufficientPrivilege, psycopg.errors.UndefinedColumn) as error:
            self.unread[part] = str(error.diag.message_primary)
            return []


def read_catalog(connection: Connection, instance: str) -> Catalog:
    """The catalog of the database that the connection is on.

    Raises psycopg.Error where the server does not answer; parts the login may not read are named in `unread`.
    """
    with connection.transaction(), _qualified_names(connection):
        return _read(_Reader(connection), instance)


@contextmanager
def _qualified_names(connection: Connection) -> Iterator[None]:
    """PostgreSQL leaves out the schema of whatever is on the path; on this one are its own schemas only."""
    ((path,),) = connection.execute("SELECT current_setting('search_path')").fetchall()
    connection.execute("SELECT set_config('search_path', 'pg_catalog, pg_temp', true)")
    yield
    connection.execute("SELECT set_config('search_path', %s, true)", [path])


def _read(reader: _Reader, instance: str) -> Catalog:
    (database,) = fetch(reader.connection, "database")
    major, minor = divmod(database["version"], 10_000)
    if major != _MAJOR:
        reader.unread["version"] = f"PostgreSQL {major}.{minor}; what its catalogs say is known of {_MAJOR} only"
    return Catalog(
        instance=instance,
        **database,
        roles=reader.all("roles", Role),
        memberships=reader.all("memberships", Membership),
        schemas=reader.all("schemas", Schema),
        relations=read_relations(reader.connection),
        functions=reader.all("functions", Function),
        event_triggers=reader.all("event_triggers", EventTrigger),
        languages=reader.all("languages", Language),
        casts=reader.all("casts", Cast),
        system_grants=reader.all("system_grants", SystemGrant),
        default_privileges=reader.all("default_privileges", DefaultPrivilege),
        role_settings=reader.all("role_settings", RoleSetting),
        settings=_settings(reader),
        hba_rules=tuple(map(_with_network, reader.all("hba_rules", HbaRule))),
        extensions=reader.all("extensions", Extension),
        publications=reader.all("publications", Publication),
        subscriptions=reader.all("subscriptions", Subscription),
        replication_slots=reader.all("replication_slots", ReplicationSlot),
        replicas=reader.all("replicas", Replica),
        archiver=next(iter(reader.all("archiver", Archiver)), None),
        changesets=build(AppliedChangeset, _changesets(reader)),
        unread=reader.unread,
    )


def _settings(reader: _Reader) -> tuple[Setting, ...]:
    files = {row.pop("name"): row for row in reader.rows("file_settings")}
    return tuple(Setting(**row, **files.get(row["name"], {})) for row in reader.rows("settings"))


def _with_network(rule: HbaRule) -> HbaRule:
    if rule.address is None or "/" not in rule.address:
        return rule
    host, _, mask = rule.address.partition("/")
    bits = int(ip_address(mask)).bit_count()
    return replace(rule, address=str(ip_network(f"{host}/{bits}", strict=False)))


def _changesets(reader: _Reader) -> list[Row]:
    schemas = [row["schema"] for row in reader.rows("changelogs")]
    if not schemas:
        return []
    return reader.guarded("changesets", lambda: _applied(reader.connection, schemas))


def _applied(connection: Connection, schemas: list[str]) -> list[Row]:
    query = sql.SQL(" UNION ALL ").join(map(_changelog_query, schemas))
    with connection.cursor(row_factory=psycopg.rows.dict_row) as cursor:
        return cursor.execute(query).fetchall()


def _changelog_query(schema: str) -> sql.Composed:
    return sql.SQL(
        'SELECT {} AS schema, id, author, filename, md5sum AS checksum, orderexecuted AS "order" FROM {}'
    ).format(schema, sql.Identifier(schema, "databasechangelog"))
