"""A laboratory: one bare database with two tables, a few roles, and a superuser who may become any of them."""

from collections.abc import Iterator

import psycopg
import pytest

from policies.facts.catalog import Catalog
from policies.sources.live.catalog import read_catalog
from tests.servers.postgres import PostgresServer, postgres, signed_postgres

__all__ = ["postgres", "signed_postgres"]

ROLES = """
CREATE ROLE lab_owner; CREATE ROLE lab_group; CREATE ROLE lab_app LOGIN; CREATE ROLE lab_member LOGIN;
CREATE ROLE lab_bypass LOGIN BYPASSRLS; CREATE ROLE lab_heir LOGIN;
GRANT lab_group TO lab_member; GRANT lab_owner TO lab_heir;
"""
TABLES = """
CREATE SCHEMA lab AUTHORIZATION lab_owner;
GRANT USAGE ON SCHEMA lab TO PUBLIC;
SET ROLE lab_owner;
CREATE TABLE lab.notes (id int PRIMARY KEY, tenant_id uuid, code text, size int, open boolean, author varchar(20));
CREATE TABLE lab.links (id int PRIMARY KEY, tenant_id uuid, code text, note int);
GRANT ALL ON lab.notes, lab.links TO lab_app, lab_group, lab_bypass, lab_heir;
CREATE VIEW lab.owned AS SELECT id, tenant_id, code FROM lab.notes WHERE size IS DISTINCT FROM 7;
CREATE VIEW lab.invoked WITH (security_invoker) AS SELECT id, tenant_id FROM lab.notes;
CREATE VIEW lab.joined AS SELECT n.id, l.code FROM lab.notes AS n JOIN lab.links AS l ON l.note = n.id;
CREATE VIEW lab.nested AS SELECT id FROM lab.invoked WHERE tenant_id IS NOT NULL;
GRANT SELECT ON lab.owned, lab.invoked, lab.joined, lab.nested TO lab_app, lab_group, lab_bypass, lab_heir;
CREATE FUNCTION lab.tenant() RETURNS uuid LANGUAGE sql STABLE SET search_path = ''
  RETURN NULLIF(pg_catalog.current_setting('lab.tenant', true), '')::pg_catalog.uuid;
CREATE FUNCTION lab.is_linked(uuid) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER SET search_path = ''
  AS 'SELECT EXISTS (SELECT 1 FROM lab.links WHERE links.tenant_id = $1)';
CREATE FUNCTION lab.same(a text, b text) RETURNS boolean LANGUAGE sql STRICT SET search_path = '' RETURN a = b;
RESET ROLE;
"""


class Laboratory:
    """The superuser's connection to the laboratory's database, and its catalog without any policy."""

    def __init__(self, admin: psycopg.Connection, catalog: Catalog) -> None:
        self.admin = admin
        self.catalog = catalog


@pytest.fixture(scope="session")
def laboratory(postgres: PostgresServer) -> Iterator[Laboratory]:
    """Two tables of notes and links, views over them, and roles of every kind."""
    with postgres.fresh(applied=False) as database, postgres.admin(database) as admin:
        admin.execute("SET search_path = pg_catalog, pg_temp")
        try:
            admin.execute(ROLES)
            admin.execute(TABLES)
            yield Laboratory(admin, read_catalog(admin, "lab"))
        finally:
            admin.execute(
                "RESET ROLE; DROP SCHEMA lab CASCADE; DROP OWNED BY lab_app, lab_member, lab_bypass, lab_heir"
            )
            admin.execute("DROP ROLE lab_member, lab_heir, lab_app, lab_bypass, lab_group, lab_owner")
