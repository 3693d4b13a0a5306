"""`aqdata sql`: what it says and does on a stack."""

from pathlib import Path

import pytest

from infra.model.loading import load_services
from sql.render import render_changelog
from sql.scaffold import new_changelog_file
from tests.cli.sql.conftest import Command
from tests.servers.postgres import PostgresServer

pytestmark = pytest.mark.docker

SERVICE = "event_service"


def test_render_prints_one_services_changelog(aqdata: Command) -> None:
    code, out, _ = aqdata("sql", "render", SERVICE)
    assert code == 0
    assert out.startswith("--liquibase formatted sql")
    assert "CREATE TABLE event_service.events" in out


def test_render_writes_a_file_for_each_service(aqdata: Command, tmp_path: Path) -> None:
    assert aqdata("sql", "render", "--output", str(tmp_path / "new"))[0] == 0
    assert {path.stem for path in (tmp_path / "new").glob("*.sql")} == set(load_services())


def test_an_unknown_service_is_answered_with_the_known_ones(aqdata: Command) -> None:
    code, _, err = aqdata("sql", "status", "shop_service")
    assert code == 2
    assert "no service 'shop_service'" in err
    assert "event_service" in err


def test_status_of_an_up_to_date_stack_expects_no_changes(aqdata: Command) -> None:
    code, out, _ = aqdata("sql", "status", "--expect-no-changes")
    assert code == 0
    assert out.count("up to date") == len(load_services())


def test_rollback_then_status_then_apply(aqdata: Command) -> None:
    code, out, _ = aqdata("sql", "rollback", SERVICE, "--count", "2", "--yes")
    assert (code, out.split()) == (0, [SERVICE, "9100_privileges", SERVICE, "9000_policies"])
    code, out, err = aqdata("sql", "status", "--expect-no-changes")
    assert code == 7
    assert "9000_policies, 9100_privileges" in out
    assert "aqdata sql apply" in err
    code, out, _ = aqdata("sql", "apply")
    assert (code, out.split()) == (0, [SERVICE, "9000_policies", SERVICE, "9100_privileges"])
    code, out, err = aqdata("sql", "apply")
    assert (code, out) == (0, "")
    assert "Nothing was due." in err


def test_rollback_to_a_tag(aqdata: Command) -> None:
    assert aqdata("sql", "rollback", SERVICE, "--count", "1", "--yes")[0] == 0
    assert aqdata("sql", "apply", SERVICE, "--tag", "before")[0] == 0
    assert aqdata("sql", "rollback", SERVICE, "--to", "before", "--yes")[1] == ""
    code, _, err = aqdata("sql", "rollback", SERVICE, "--to", "never", "--yes")
    assert code == 2
    assert "known tags: before" in err


@pytest.mark.parametrize("arguments", [[], ["--count", "1", "--to", "x"], ["--count", "0"], ["--count", "x"]])
def test_a_rollback_without_one_clear_extent_is_refused(aqdata: Command, arguments: list[str]) -> None:
    assert aqdata("sql", "rollback", SERVICE, "--yes", *arguments)[0] == 2


def test_a_rollback_needs_a_yes(aqdata: Command) -> None:
    code, _, err = aqdata("sql", "rollback", SERVICE, "--count", "1")
    assert code == 2
    assert "--yes" in err


def test_several_services_failures_are_told_together(aqdata: Command, postgres: PostgresServer, database: str) -> None:
    for name in ("event_service", "media_service"):
        with postgres.session(f"{name}_migrator", database) as migrator:
            migrator.execute("UPDATE databasechangelog SET md5sum = '9:00' WHERE id LIKE '0001%'")
    code, _, err = aqdata("sql", "apply")
    assert code == 4
    assert "event_service: event_service/0001_events.sql" in err
    assert "media_service: media_service/0001_media_files.sql" in err


def test_diff_of_a_fresh_stack_is_empty(aqdata: Command) -> None:
    code, out, err = aqdata("sql", "diff", "--expect-no-changes")
    assert (code, out) == (0, "")
    assert "No difference." in err


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ("ALTER TABLE event_service.events ADD COLUMN extra text", "+ event_service.events.extra: text"),
        ("DROP INDEX event_service.idx_events_starts_at", "- event_service.events: index idx_events_starts_at btree"),
        ("GRANT TRUNCATE ON event_service.events TO event_service_app", "event_service_app may truncate"),
        ("DROP POLICY tenant_isolation ON event_service.events", "- event_service.events: permissive policy"),
        ("ALTER TABLE event_service.events NO FORCE ROW LEVEL SECURITY", "- event_service.events: row security forced"),
        ("ALTER POLICY tenant_isolation ON event_service.events USING (true)", "using TRUE check tenant_id ="),
        (
            "ALTER TABLE event_service.events DROP CONSTRAINT events_title_check,"
            " ADD CONSTRAINT events_title_check CHECK (length(title) BETWEEN 0 AND 300)",
            "+ event_service.events: check events_title_check length(title) >= 0",
        ),
        (
            "CREATE OR REPLACE FUNCTION event_service.touch_updated_at() RETURNS trigger LANGUAGE plpgsql"
            " SET search_path = '' AS 'BEGIN RETURN NEW; END'",
            "- event_service.touch_updated_at(): |   NEW.updated_at := pg_catalog.now();",
        ),
    ],
)
def test_diff_shows_what_was_changed_by_hand(
    aqdata: Command, postgres: PostgresServer, database: str, change: str, line: str
) -> None:
    with postgres.admin(database) as admin:
        admin.execute(change.encode())
    code, out, err = aqdata("sql", "diff", SERVICE, "--expect-no-changes")
    assert code == 7, err
    assert line in out


def test_maintain_calls_what_is_scheduled(aqdata: Command, postgres: PostgresServer, database: str) -> None:
    with postgres.session("analytics_service_app", database) as app:
        app.execute(
            "INSERT INTO analytics_events (name, service, occurred_at) VALUES ('a', 'b', now() - interval '2 years')"
        )
    assert aqdata("sql", "maintain")[1] == "analytics_service.drop_expired_events: 1\n"
    assert aqdata("sql", "maintain", "--schedule", "hourly")[1] == ""
    assert aqdata("sql", "maintain", "--schedule", "yearly")[0] == 2


def test_new_starts_the_next_file_which_renders(tmp_path: Path) -> None:
    service = load_services()[SERVICE]
    (tmp_path / SERVICE).mkdir()
    (tmp_path / SERVICE / "0007_before.sql.j2").touch()
    path = new_changelog_file(service, "add_waitlist", tmp_path)
    assert path.name == "0008_add_waitlist.sql.j2"
    (changeset,) = render_changelog(service, folder=tmp_path).changesets
    assert changeset.id == "0008_add_waitlist"


@pytest.mark.parametrize("name", ['bad"name', "Bad", "x", "a" * 64, "../up"])
def test_new_refuses_a_name_that_needs_quotes_or_is_too_long(aqdata: Command, name: str) -> None:
    code, _, err = aqdata("sql", "new", SERVICE, name)
    assert code == 2
    assert "is no name for a change" in err
