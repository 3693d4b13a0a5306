"""The applier: in order, once, whole or not at all, one at a time."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from infra.model.errors import ConfigurationError
from infra.model.loading import load_services
from infra.model.service import Service
from sql.apply import ChangesetFailed, apply, recorded_checksums, rollback, status
from sql.changelog import Changelog
from sql.lock import ChangelogLocked
from sql.plan import ChangesetEdited
from sql.render import render_changelog
from tests.servers.postgres import PostgresServer
from tests.sql.catalog import schema_of
from tests.sql.samples import SERVICE, changelog, changeset, extended

pytestmark = pytest.mark.docker

COUNTERS = "CREATE TABLE media_service.counters (id uuid, tenant_id uuid NOT NULL);" \
    "ALTER TABLE media_service.counters ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY"  # fmt: skip


@pytest.fixture
def media(services: dict[str, Service]) -> Service:
    return services[SERVICE]


@pytest.fixture
def database(postgres: PostgresServer) -> Iterator[str]:
    """Bootstrapped, nothing applied."""
    with postgres.fresh(applied=False) as name:
        yield name


@pytest.fixture
def migrator(postgres: PostgresServer, database: str, media: Service) -> Iterator[psycopg.Connection]:
    with postgres.session(media.migrator, database) as connection:
        yield connection


def _column(connection: psycopg.Connection, query: str) -> list[object]:
    return [row[0] for row in connection.execute(query.encode())]


def test_everything_is_applied_in_order_and_then_nothing(migrator: psycopg.Connection, media: Service) -> None:
    whole = render_changelog(media)
    assert [row.id for row in apply(migrator, whole)] == [item.id for item in whole.changesets]
    assert apply(migrator, whole) == []
    assert status(migrator, whole).is_up_to_date
    assert recorded_checksums(migrator, media) == whole.checksums


def test_status_before_anything_is_applied_says_that_all_is_pending(
    migrator: psycopg.Connection, media: Service
) -> None:
    whole = render_changelog(media)
    assert status(migrator, whole).pending == whole.changesets
    assert _column(migrator, "SELECT to_regclass('databasechangelog')") == [None]


def test_a_changed_repeatable_changeset_runs_again(migrator: psycopg.Connection, media: Service) -> None:
    text = "CREATE OR REPLACE FUNCTION media_service.one() RETURNS int LANGUAGE sql AS 'SELECT {}'"
    drop = "DROP FUNCTION media_service.one()"
    apply(migrator, changelog(media, [changeset(text.format(1), drop, run_on_change=True)]))
    (row,) = apply(migrator, changelog(media, [changeset(text.format(2), drop, run_on_change=True)]))
    assert (row.exectype, row.order) == ("RERAN", 2)
    assert _column(migrator, "SELECT media_service.one()") == [2]


def test_blanks_do_not_change_a_changeset(migrator: psycopg.Connection, media: Service) -> None:
    apply(migrator, changelog(media, [changeset("SELECT  1;\n")]))
    assert apply(migrator, changelog(media, [changeset("SELECT 1;")])) == []


def test_an_edited_changeset_stops_everything_with_both_checksums(migrator: psycopg.Connection, media: Service) -> None:
    before, after = changeset("SELECT 1"), changeset("SELECT 2")
    apply(migrator, changelog(media, [before]))
    with pytest.raises(ChangesetEdited) as stopped:
        apply(migrator, extended(changelog(media, [after]), changeset(COUNTERS, name="0002_counters")))
    for part in ("media_service/0001_sample.sql::0001_sample::aqstream", before.checksum, after.checksum):
        assert part in stopped.value.message
    assert "add a new changeset" in stopped.value.hint
    assert _column(migrator, "SELECT to_regclass('counters')") == [None]


def test_a_failing_changeset_leaves_nothing_and_keeps_what_came_before(
    migrator: psycopg.Connection, media: Service
) -> None:
    base = changelog(media, [changeset(COUNTERS, "DROP TABLE media_service.counters")])
    broken = changeset("ALTER TABLE media_service.counters ADD COLUMN a int; SELECT 1/0", name="0002_broken")
    with pytest.raises(ChangesetFailed, match=r"0002_broken::aqstream failed: division by zero"):
        apply(migrator, extended(base, broken))
    assert _column(migrator, "SELECT id FROM databasechangelog") == ["0001_sample"]
    assert _column(
        migrator, "SELECT count(*) FROM pg_attribute WHERE attrelid = 'counters'::regclass AND attnum > 0"
    ) == [2]
    assert _column(migrator, "SELECT locked FROM databasechangeloglock") == [False]


def test_a_changeset_that_breaks_a_rule_is_not_begun(migrator: psycopg.Connection, media: Service) -> None:
    with pytest.raises(ConfigurationError, match="no-drop"):
        apply(migrator, changelog(media, [changeset(COUNTERS), changeset("DROP TABLE counters", name="0002_drop")]))
    assert _column(migrator, "SELECT to_regclass('counters')") == [None]


def test_an_index_is_built_concurrently_outside_a_transaction(migrator: psycopg.Connection, media: Service) -> None:
    index = changeset(
        "DROP INDEX CONCURRENTLY IF EXISTS media_service.counters_id;\n"
        "CREATE INDEX CONCURRENTLY counters_id ON media_service.counters (id);",
        "DROP INDEX CONCURRENTLY media_service.counters_id",
        name="0002_index",
        run_in_transaction=False,
    )
    whole = changelog(media, [changeset(COUNTERS, "DROP TABLE media_service.counters"), index])
    apply(migrator, whole)
    assert _column(migrator, "SELECT indisvalid FROM pg_index WHERE indexrelid = 'counters_id'::regclass") == [True]
    assert [row.id for row in rollback(migrator, whole, count=1)] == ["0002_index"]
    assert _column(migrator, "SELECT to_regclass('counters_id')") == [None]


def test_a_failed_concurrent_build_says_what_it_left_and_can_be_repeated(
    migrator: psycopg.Connection, media: Service
) -> None:
    index = changeset(
        "DROP INDEX CONCURRENTLY IF EXISTS media_service.counters_id;\n"
        "CREATE UNIQUE INDEX CONCURRENTLY counters_id ON media_service.counters (tenant_id);",
        "DROP INDEX CONCURRENTLY media_service.counters_id",
        name="0002_index",
        run_in_transaction=False,
    )
    whole = changelog(media, [changeset(COUNTERS, "DROP TABLE media_service.counters"), index])
    apply(migrator, changelog(media, whole.changesets[:1]))
    migrator.execute("CREATE POLICY open ON media_service.counters USING (true)")
    migrator.execute(
        "INSERT INTO media_service.counters (tenant_id) SELECT repeat('0', 32)::uuid FROM generate_series(1, 2)"
    )
    with pytest.raises(ChangesetFailed, match="could not create unique index") as failed:
        apply(migrator, whole)
    assert "an INVALID index" in failed.value.hint
    assert _column(migrator, "SELECT id FROM databasechangelog") == ["0001_sample"]
    migrator.execute("DELETE FROM media_service.counters")
    assert [row.id for row in apply(migrator, whole)] == ["0002_index"]
    assert _column(migrator, "SELECT indisvalid FROM pg_index WHERE indexrelid = 'counters_id'::regclass") == [True]


def test_two_appliers_at_once_apply_everything_once(
    postgres: PostgresServer, database: str, services: dict[str, Service]
) -> None:
    service = services["event_service"]
    start = threading.Barrier(2)

    def run() -> int:
        with postgres.session(service.migrator, database) as connection:
            start.wait()
            return len(apply(connection, render_changelog(service)))

    with ThreadPoolExecutor() as pool:
        counts = [future.result() for future in [pool.submit(run), pool.submit(run)]]
    assert sorted(counts) == [0, len(render_changelog(service).changesets)]


def _begin_slow_changeset(postgres: PostgresServer, database: str, media: Service) -> list[Exception]:
    """Apply in the background a changeset that creates a table and then takes its time."""
    errors: list[Exception] = []

    def run() -> None:
        with postgres.session(media.migrator, database) as connection:
            try:
                apply(connection, changelog(media, [changeset(COUNTERS + "; SELECT pg_sleep(60)")]))
            except ChangesetFailed as error:
                errors.append(error)

    threading.Thread(target=run, daemon=True).start()
    with postgres.admin(database) as admin:
        while not _column(admin, "SELECT pid FROM pg_stat_activity WHERE wait_event = 'PgSleep'"):
            time.sleep(0.02)
    return errors


def test_a_connection_lost_in_a_changeset_leaves_nothing_half_applied(
    postgres: PostgresServer, database: str, media: Service, migrator: psycopg.Connection
) -> None:
    errors = _begin_slow_changeset(postgres, database, media)
    with postgres.admin(database) as admin:
        admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'PgSleep'")
    whole = changelog(media, [changeset(COUNTERS, "DROP TABLE media_service.counters")])
    assert [row.id for row in apply(migrator, whole, wait=20)] == ["0001_sample"], "the lock left behind is taken over"
    assert "connection was lost" in str(getattr(errors[0], "hint", ""))


def test_who_waits_too_long_is_told_so(
    postgres: PostgresServer, database: str, media: Service, migrator: psycopg.Connection
) -> None:
    _begin_slow_changeset(postgres, database, media)
    with pytest.raises(ChangelogLocked, match="locked by another aqdata"):
        apply(migrator, render_changelog(media), wait=0.2)


def test_liquibases_lock_is_respected_and_its_holder_named(migrator: psycopg.Connection, media: Service) -> None:
    apply(migrator, changelog(media, []))
    migrator.execute(
        "UPDATE databasechangeloglock SET locked = true, lockgranted = now(), lockedby = 'ci-7 (10.0.0.7)'"
    )
    with pytest.raises(ChangelogLocked, match=r"locked by ci-7 \(10.0.0.7\) since") as stopped:
        apply(migrator, render_changelog(media), wait=0.2)
    assert "release-locks" in stopped.value.hint
    assert _column(migrator, "SELECT lockedby FROM databasechangeloglock") == ["ci-7 (10.0.0.7)"]


def test_a_cleared_checksum_is_written_again(migrator: psycopg.Connection, media: Service) -> None:
    whole = render_changelog(media)
    apply(migrator, whole)
    migrator.execute("UPDATE databasechangelog SET md5sum = NULL")
    assert apply(migrator, whole) == []
    assert recorded_checksums(migrator, media) == whole.checksums


def test_a_rollback_goes_back_to_a_tag(migrator: psycopg.Connection, media: Service) -> None:
    base = changelog(media, [changeset(COUNTERS, "DROP TABLE media_service.counters")])
    apply(migrator, base, tag="v1")
    column = changeset(
        "ALTER TABLE media_service.counters ADD COLUMN a int",
        "ALTER TABLE media_service.counters DROP COLUMN a",
        name="0002_column",
    )
    apply(migrator, extended(base, column))
    assert [row.id for row in rollback(migrator, extended(base, column), tag="v1")] == ["0002_column"]
    with pytest.raises(ConfigurationError, match="no tag 'v2'") as refused:
        rollback(migrator, base, tag="v2")
    assert refused.value.hint == "known tags: v1"


def test_a_rollback_of_too_much_or_of_the_unknown_is_refused(migrator: psycopg.Connection, media: Service) -> None:
    whole = changelog(media, [changeset(COUNTERS, "DROP TABLE media_service.counters")])
    apply(migrator, whole)
    with pytest.raises(ConfigurationError, match="only 1 changesets are applied, not 2"):
        rollback(migrator, whole, count=2)
    with pytest.raises(ConfigurationError, match="is not in this checkout"):
        rollback(migrator, changelog(media, []), count=1)
    assert _column(migrator, "SELECT id FROM databasechangelog") == ["0001_sample"]


def test_a_rollback_that_fails_leaves_the_changeset_applied(migrator: psycopg.Connection, media: Service) -> None:
    whole = changelog(media, [changeset(COUNTERS, "DROP TABLE media_service.counters; SELECT 1/0")])
    apply(migrator, whole)
    with pytest.raises(ChangesetFailed, match=r"rollback of changeset .* failed: division by zero"):
        rollback(migrator, whole, count=1)
    assert _column(migrator, "SELECT to_regclass('counters') IS NOT NULL") == [True]


@pytest.mark.parametrize("name", sorted(load_services()))
def test_each_rollback_undoes_its_changeset(postgres: PostgresServer, services: dict[str, Service], name: str) -> None:
    service = services[name]
    whole = render_changelog(service)
    with postgres.fresh(applied=False) as database, postgres.session(service.migrator, database) as migrator:
        apply(migrator, changelog(service, []))
        before = schema_of(postgres, database)
        for count in range(1, len(whole.changesets) + 1):
            part = Changelog(whole.service, whole.schema, whole.owner, whole.changesets[:count])
            apply(migrator, part)
            after = schema_of(postgres, database)
            assert after != before or "SELECT;" in part.changesets[-1].sql
            rollback(migrator, part, count=1)
            assert schema_of(postgres, database) == before, part.changesets[-1].label
            apply(migrator, part)
            before = after
