"""Bring one service's schema of another moment into the running instance, beside the one that is there.

All services of an instance share one database and its WAL, so PostgreSQL cannot put one of them back alone. The schema
is taken out of a restored copy under another name; what to do with its rows is for people to decide.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from docker.models.containers import Container

from infra.backup.checksums import table_checksums
from infra.backup.container import execute, execute_until_interrupted
from infra.backup.database import Database
from infra.backup.restore.copy import RestoredCopy
from infra.backup.restore.recovery import query
from infra.backup.restore.space import OWN, free_bytes, require_space
from infra.backup.room import DATA
from infra.components.postgres_settings import DATABASE
from infra.host.docker_api import docker_command, engine
from infra.host.interruption import undisturbed
from infra.model.errors import ResourceError
from infra.model.recovery.position import SEGMENT_BYTES
from infra.model.service import Service

_DUMP = f"{DATA}/service.dump"
_EXISTS = "SELECT count(*) FROM pg_namespace WHERE nspname = '{schema}'"
_RENAME = """
SET event_triggers = off;
DROP SCHEMA IF EXISTS {schema} CASCADE;
ALTER SCHEMA {present} RENAME TO {schema}
"""
"""At that moment one that was restored before may have been there."""
_DROP = """
SET event_triggers = off;
SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity WHERE application_name = '{schema}';
DROP SCHEMA IF EXISTS {schema} CASCADE
"""
"""What pg_restore asked for last may be carried out yet when it has ended."""
_HAS_HYPERTABLES = "SELECT to_regclass('timescaledb_information.hypertables') IS NOT NULL"
_FLATTEN = """
SET event_triggers = off;
DO $$
DECLARE found record;
BEGIN
  FOR found IN SELECT hypertable_name AS name FROM timescaledb_information.hypertables
    WHERE hypertable_schema = '{schema}' LOOP
    EXECUTE format('CREATE TABLE {schema}.flattened AS SELECT * FROM {schema}.%I', found.name);
    EXECUTE format('DROP TABLE {schema}.%I CASCADE', found.name);
    EXECUTE format('ALTER TABLE {schema}.flattened RENAME TO %I', found.name);
  END LOOP;
END $$
"""
"""A hypertable's rows lie in chunks outside its schema: it becomes a plain table, to compare with and to copy from."""
_SIZE = """
SELECT coalesce(sum(pg_total_relation_size(c.oid)), 0)
FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = '{schema}' AND c.relkind IN ('r', 'm', 'S')
"""
_TIMES, _SPARE = 4, 4 * SEGMENT_BYTES
"""Its dump in the copy and in the instance, its rows there, and their WAL, whose segments are not all full."""


def side_schema(service: Service) -> str:
    """What the restored schema is called."""
    return f"{service.schema_name}_restored"


def require_free_place(container: str, service: Service) -> None:
    """Raises ResourceError where a schema restored before is still there."""
    schema = side_schema(service)
    if query(container, DATABASE, _EXISTS.format(schema=schema)) != "0":
        raise ResourceError(
            f"{container} still has the schema {schema} of an earlier restore",
            drop_command(container, schema),
        )


def bring_schema(copy: RestoredCopy, container: str, service: Service) -> int:
    """Move the copy's schema beside the container's own; the number of tables. Raises ResourceError.

    It belongs to the superuser and nobody else may look into it.
    """
    schema = side_schema(service)
    _flatten_hypertables(copy.name, service)
    _require_space(copy.name, container, service)
    query(copy.name, DATABASE, _RENAME.format(present=service.schema_name, schema=schema))
    keep = ["--no-owner", "--no-privileges"]
    _run(copy.name, ["pg_dump", "--format=custom", f"--schema={schema}", *keep, f"--file={_DUMP}", DATABASE])
    try:
        with engine(f"container {container}", on=container) as client:
            _carry(copy.container, client.containers.get(container))
        with _dropped_on_failure(container, schema):
            database = f"--dbname=dbname={DATABASE} application_name={schema}"
            _run(container, ["pg_restore", database, "--single-transaction", *keep, _DUMP])
            return _compared(schema, copy.name, container)
    finally:
        with undisturbed():
            execute(container, ["rm", "-f", _DUMP])


@contextmanager
def _dropped_on_failure(container: str, schema: str) -> Iterator[None]:
    """Whatever goes wrong inside leaves no schema. Raises ResourceError where it could not be dropped."""
    try:
        yield
    except BaseException:
        with undisturbed():
            _drop(container, schema)
        raise


def _drop(container: str, schema: str) -> None:
    try:
        query(container, DATABASE, _DROP.format(schema=schema))
    except ResourceError as error:
        raise ResourceError(
            f"the restore did not end well, and its schema {schema} may be there: {error.message}",
            drop_command(container, schema),
        ) from error


def drop_command(container: str, schema: str) -> str:
    """What removes a restored schema."""
    drop = f'psql -d {DATABASE} -c "DROP SCHEMA {schema} CASCADE"'
    return f"{docker_command(container)} exec {container} {drop}"


def _carry(source: Container, target: Container) -> None:
    stream, _ = source.get_archive(_DUMP)
    target.put_archive(DATA, stream)


def _compared(schema: str, copy: str, container: str) -> int:
    wanted, found = (
        {
            table: rows
            for table, rows in table_checksums(Database(name, DATABASE)).items()
            if table.startswith(f"{schema}.")
        }
        for name in (copy, container)
    )
    if differing := [table for table in wanted if found.get(table) != wanted[table]]:
        raise ResourceError(f"{container}: {', '.join(differing)} differ from the copy", "aqdata restore again")
    return len(wanted)


def _flatten_hypertables(copy: str, service: Service) -> None:
    if query(copy, DATABASE, _HAS_HYPERTABLES) == "t":
        query(copy, DATABASE, _FLATTEN.format(schema=service.schema_name))


def _require_space(copy: str, container: str, service: Service) -> None:
    """What fills the volume of the instance's data stops the instance."""
    size = int(query(copy, DATABASE, _SIZE.format(schema=service.schema_name)))
    require_space(container, _TIMES * size + _SPARE, free_bytes(container, OWN), "the volume of its data")


def _run(container: str, command: list[str]) -> None:
    ended = execute_until_interrupted(container, command)
    if ended.code:
        raise ResourceError(f"{container}: {command[0]}: {ended.reason}", f"docker logs {container}")
