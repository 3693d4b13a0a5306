"""The laboratory on a server, and servers with the whole schema."""

from collections.abc import Iterator

import pytest

from policies.sources.live.catalog import read_catalog
from tests.proof.laboratory import BENCH, ROLES, TABLES, Laboratory
from tests.servers.postgres import PostgresServer, postgres, signed_postgres

__all__ = ["postgres", "signed_postgres"]


@pytest.fixture(scope="session")
def laboratory(postgres: PostgresServer) -> Iterator[Laboratory]:
    """Two tables of notes and links, views over them, and roles of every kind."""
    with postgres.fresh(applied=False) as database, postgres.admin(database) as admin:
        admin.execute("SET search_path = pg_catalog, pg_temp")
        try:
            admin.execute(ROLES)
            admin.execute(TABLES)
            catalog = read_catalog(admin, "lab")
            admin.execute(BENCH)
            tables = admin.execute("SELECT oid::int8, relname FROM pg_class WHERE relnamespace = 'lab'::regnamespace")
            yield Laboratory(admin, catalog, dict(tables.fetchall()))
        finally:
            admin.execute(
                "RESET ROLE; DROP SCHEMA lab CASCADE;DROP OWNED BY lab_app, lab_member, lab_bypass, lab_heir, lab_guest"
            )
            admin.execute("DROP ROLE lab_member, lab_heir, lab_guest, lab_app, lab_bypass, lab_group, lab_owner")
