"""States of a real server in which policies read well and do not hold: nothing of them may be proved."""

import psycopg
import pytest

from policies.proof.obligation import Verdict
from tests.proof.test_replay import APP, CONTEXT, OWNER, TABLE, admin, intent, proofs

__all__ = ["admin", "intent"]
pytestmark = pytest.mark.docker

OTHER = "bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb"
OWN = "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa"
_COUNT = f"LANGUAGE plpgsql SECURITY DEFINER AS 'BEGIN RETURN (SELECT count(*) FROM {TABLE}); END'"
_VIEW = f"AS SELECT title FROM {TABLE}; GRANT SELECT ON {{0}} TO {APP}"
_BY = f"ALTER POLICY tenant_isolation ON {TABLE} USING ({{0}}) WITH CHECK ({{0}})"


def by_function(attributes: str, body: str = f"$1 = {CONTEXT}") -> str:
    """The policy asks a function."""
    return (
        f"CREATE FUNCTION event_service.mine(uuid) RETURNS boolean LANGUAGE sql {attributes} AS $$SELECT {body}$$;"
        "GRANT EXECUTE ON FUNCTION event_service.mine(uuid) TO PUBLIC;" + _BY.format("event_service.mine(tenant_id)")
    )


FIXED = "STABLE SET search_path = pg_catalog, pg_temp"
HOLES = {
    "a role that inherits from an administrator of the owner": (
        f"CREATE ROLE helper; GRANT helper TO {APP} WITH INHERIT TRUE, SET FALSE;"
        f"GRANT {OWNER} TO helper WITH ADMIN TRUE, INHERIT FALSE, SET FALSE",
        "the owner, who can switch row security off",
    ),
    "a policy for the owner of the database": (
        f"ALTER DATABASE aqstream OWNER TO {APP}; CREATE POLICY s ON {TABLE} TO pg_database_owner USING (true)",
        "its policies let the row through",
    ),
    "the owner of the database": (f"ALTER DATABASE aqstream OWNER TO {APP}", "owns the database"),
    "the owner of the schema": (f"ALTER SCHEMA event_service OWNER TO {APP}", "who can drop the table"),
    "a constant that is none": (by_function("IMMUTABLE SET search_path = pg_catalog, pg_temp"), "declared immutable"),
    "a function that its caller owns": (
        by_function(FIXED) + f"; ALTER FUNCTION event_service.mine(uuid) OWNER TO {APP}",
        f"which {APP} may change",
    ),
    "a path through a schema that its caller may fill": (
        f"CREATE SCHEMA open; GRANT CREATE, USAGE ON SCHEMA open TO {APP};"
        + by_function("STABLE SET search_path = open, pg_catalog, pg_temp"),
        "has pg_catalog behind others",
    ),
    "a path behind which its caller may fill a schema": (
        f"CREATE SCHEMA open; GRANT CREATE, USAGE ON SCHEMA open TO {APP};"
        + by_function("STABLE SET search_path = pg_catalog, open, pg_temp"),
        "has open, where event_service_app may create",
    ),
    "temporary tables before the path": (
        f"GRANT TEMPORARY ON DATABASE aqstream TO {APP};" + by_function("STABLE SET search_path = pg_catalog"),
        "has pg_temp, where event_service_app may create",
    ),
    "a cast that somebody made": (
        "CREATE FUNCTION event_service.anyone(uuid) RETURNS text STABLE LANGUAGE sql"
        " AS $$SELECT current_setting('app.tenant_id', true)$$;"
        "CREATE CAST (uuid AS text) WITH FUNCTION event_service.anyone(uuid);"
        + _BY.format("tenant_id::text = current_setting('app.tenant_id', true)"),
        "the cast of uuid to text",
    ),
    "a key that an action rewrites": (
        f"ALTER TABLE event_service.check_ins ALTER tenant_id SET DEFAULT '{OTHER}',"
        " DROP CONSTRAINT check_ins_registration_fkey,"
        " ADD CONSTRAINT f FOREIGN KEY (tenant_id, registration_id)"
        " REFERENCES event_service.registrations (tenant_id, id) ON DELETE SET DEFAULT (tenant_id)",
        "whose action writes tenant_id",
    ),
    "a function that claims to be leakproof": (
        "CREATE FUNCTION event_service.tell(text) RETURNS boolean LANGUAGE plpgsql LEAKPROOF COST 0.0001"
        " AS 'BEGIN RAISE NOTICE ''%'', $1; RETURN true; END';"
        f"GRANT EXECUTE ON FUNCTION event_service.tell(text) TO {APP}",
        "claims to be leakproof",
    ),
    "a view hidden in an extension": (
        f"CREATE VIEW event_service.v {_VIEW.format('event_service.v')};"
        "ALTER EXTENSION plpgsql ADD VIEW event_service.v",
        "view event_service.v reads the table",
    ),
    "a view hidden among an extension's own": (
        f"CREATE VIEW extensions.v {_VIEW.format('extensions.v')}; ALTER EXTENSION timescaledb ADD VIEW extensions.v",
        "view extensions.v reads the table",
    ),
    "a function hidden in an extension": (
        f"CREATE FUNCTION event_service.f() RETURNS bigint {_COUNT};"
        f"GRANT EXECUTE ON FUNCTION event_service.f() TO {APP};"
        "ALTER EXTENSION plpgsql ADD FUNCTION event_service.f()",
        "SECURITY DEFINER function event_service.f()",
    ),
    "a function among PostgreSQL's own": (
        f"CREATE FUNCTION pg_catalog.f() RETURNS bigint {_COUNT}; GRANT EXECUTE ON FUNCTION pg_catalog.f() TO {APP}",
        "SECURITY DEFINER function pg_catalog.f()",
    ),
    "a view among the standard's": (
        f"CREATE VIEW information_schema.v {_VIEW.format('information_schema.v')}",
        "view information_schema.v reads the table",
    ),
    "a parameter that switches foreign keys off": (
        f"GRANT SET ON PARAMETER session_replication_role TO {APP}",
        "SET on parameter session_replication_role",
    ),
    "a function that reads files": (
        f"GRANT EXECUTE ON FUNCTION pg_catalog.pg_read_binary_file(text) TO {APP}",
        "EXECUTE on function pg_read_binary_file(text)",
    ),
    "values in the statistics": (f"GRANT SELECT ON pg_statistic TO {APP}", "SELECT on relation pg_statistic"),
    "one column of the statistics": (
        f"GRANT SELECT (stavalues1) ON pg_statistic TO {APP}",
        "SELECT on column pg_statistic.stavalues1",
    ),
    "a tenant key without its case": (
        "CREATE COLLATION extensions.loose (provider = icu, locale = 'und-u-ks-level2', deterministic = false);"
        "CREATE TABLE event_service.loose (tenant_id text COLLATE extensions.loose NOT NULL);"
        "ALTER TABLE event_service.loose ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;"
        "CREATE POLICY p ON event_service.loose USING (tenant_id = NULLIF(current_setting('app.tenant_id', true), ''));"
        f"GRANT SELECT ON event_service.loose TO {APP}",
        "nondeterministic collation",
    ),
}
SOUND = {
    "a function with a fixed path": by_function(FIXED),
    "a function without names to look up": by_function("STABLE SET search_path = ''"),
    "a constant that is one": by_function("IMMUTABLE SET search_path = pg_catalog, pg_temp", "$1 IS NULL"),
    "an action that keeps the key": (
        "ALTER TABLE event_service.check_ins DROP CONSTRAINT check_ins_registration_fkey,"
        " ADD CONSTRAINT f FOREIGN KEY (tenant_id, registration_id)"
        " REFERENCES event_service.registrations (tenant_id, id) ON DELETE SET NULL (registration_id)"
    ),
    "a member that may administer nothing": (
        f"CREATE ROLE helper; GRANT helper TO {APP} WITH INHERIT TRUE, SET FALSE;"
        f"GRANT {OWNER} TO helper WITH INHERIT FALSE, SET TRUE"
    ),
}


@pytest.mark.parametrize("hole", HOLES)
def test_what_does_not_hold_is_not_proved(admin: psycopg.Connection, intent: object, hole: str) -> None:
    change, said = HOLES[hole]
    _, found = proofs(admin, intent, change)  # type: ignore[arg-type]
    assert any(said in each.construct for each in found if each.role == APP), [each.summary for each in found]


@pytest.mark.parametrize("state", SOUND)
def test_what_holds_is_still_proved(admin: psycopg.Connection, intent: object, state: str) -> None:
    _, found = proofs(admin, intent, SOUND[state])  # type: ignore[arg-type]
    assert [each.summary for each in found if each.verdict is not Verdict.TRUSTED] == []


NOTES = f"""
CREATE SCHEMA notes AUTHORIZATION {OWNER};
GRANT USAGE ON SCHEMA notes TO {APP};
CREATE TABLE notes.notes (id integer PRIMARY KEY, tenant_id uuid NOT NULL);
ALTER TABLE notes.notes OWNER TO {OWNER};
ALTER TABLE notes.notes ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE, DELETE ON notes.notes TO {APP};
INSERT INTO notes.notes VALUES (1, '{OWN}'), (2, '{OTHER}'), (3, '{OTHER}');
"""


@pytest.fixture
def notes(admin: psycopg.Connection) -> psycopg.Connection:
    """A table with one row of the own tenant and two of another's."""
    admin.execute(NOTES.encode())
    return admin


def seen(connection: psycopg.Connection, statement: str, tenant: str = OWN) -> int:
    """How many rows the application sees in a tenant's context."""
    connection.execute("SELECT set_config('app.tenant_id', %s, true)", [tenant])
    return len(connection.execute(statement.encode()).fetchall())


def test_the_planner_keeps_what_an_immutable_function_said(notes: psycopg.Connection) -> None:
    notes.execute(
        "CREATE FUNCTION notes.me() RETURNS uuid LANGUAGE sql IMMUTABLE"
        " AS $$SELECT current_setting('app.tenant_id')::uuid$$;"
        "CREATE POLICY p ON notes.notes USING (tenant_id = notes.me());"
        f"GRANT EXECUTE ON FUNCTION notes.me() TO {APP};"
        f"SET LOCAL plan_cache_mode = force_generic_plan; SET LOCAL SESSION AUTHORIZATION {APP};"
        f"SET LOCAL app.tenant_id = '{OTHER}'; PREPARE kept AS SELECT * FROM notes.notes"
    )
    assert seen(notes, "EXECUTE kept", OTHER) == 2
    assert seen(notes, "EXECUTE kept", OWN) == 2  # the other's rows
    assert seen(notes, "SELECT * FROM notes.notes", OWN) == 1


def test_an_operator_made_by_the_caller_stands_before_postgresqls_own(notes: psycopg.Connection) -> None:
    notes.execute(
        f"CREATE SCHEMA open; GRANT CREATE, USAGE ON SCHEMA open TO {APP};"
        "CREATE FUNCTION notes.mine(uuid) RETURNS boolean LANGUAGE sql STABLE SET search_path = open, pg_catalog"
        " AS $$SELECT $1 = current_setting('app.tenant_id')::uuid$$;"
        f"GRANT EXECUTE ON FUNCTION notes.mine(uuid) TO {APP};"
        "CREATE POLICY p ON notes.notes USING (notes.mine(tenant_id));"
        f"SET LOCAL SESSION AUTHORIZATION {APP}"
    )
    assert seen(notes, "SELECT * FROM notes.notes") == 1
    notes.execute(
        "CREATE FUNCTION open.yes(uuid, uuid) RETURNS boolean LANGUAGE sql AS 'SELECT true';"
        "CREATE OPERATOR open.= (LEFTARG = uuid, RIGHTARG = uuid, FUNCTION = open.yes)"
    )
    assert seen(notes, "SELECT * FROM notes.notes") == 3


def test_whoever_inherits_from_an_administrator_becomes_the_owner(notes: psycopg.Connection) -> None:
    notes.execute(HOLES["a role that inherits from an administrator of the owner"][0].encode())
    notes.execute(
        f"CREATE POLICY p ON notes.notes USING (tenant_id = {CONTEXT}); SET LOCAL SESSION AUTHORIZATION {APP};"
        f"GRANT {OWNER} TO {APP} WITH SET TRUE; SET LOCAL ROLE {OWNER};"
        "ALTER TABLE notes.notes DISABLE ROW LEVEL SECURITY"
    )
    assert seen(notes, "SELECT * FROM notes.notes") == 3


def test_an_action_gives_a_row_to_another_tenant(notes: psycopg.Connection) -> None:
    notes.execute(
        "ALTER TABLE notes.notes ADD UNIQUE (tenant_id, id);"
        f"CREATE TABLE notes.marks (tenant_id uuid NOT NULL DEFAULT '{OTHER}', note integer DEFAULT 2,"
        " FOREIGN KEY (tenant_id, note) REFERENCES notes.notes (tenant_id, id) ON DELETE SET DEFAULT);"
        f"ALTER TABLE notes.marks OWNER TO {OWNER};"
        "ALTER TABLE notes.marks ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;"
        f"CREATE POLICY p ON notes.marks USING (tenant_id = {CONTEXT});"
        f"CREATE POLICY p ON notes.notes USING (tenant_id = {CONTEXT});"
        f"GRANT SELECT, INSERT ON notes.marks TO {APP};"
        f"INSERT INTO notes.marks VALUES ('{OWN}', 1); SET LOCAL SESSION AUTHORIZATION {APP}"
    )
    assert seen(notes, "DELETE FROM notes.notes RETURNING 1") == 1
    notes.execute("RESET SESSION AUTHORIZATION")
    assert notes.execute("SELECT tenant_id::text FROM notes.marks").fetchall() == [(OTHER,)]
