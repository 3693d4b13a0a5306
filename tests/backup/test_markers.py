"""The markers of a drill are its own."""

import pytest

from infra.backup.drill.markers import Markers
from tests.servers.postgres import PostgresServer

pytestmark = pytest.mark.docker


def test_a_drill_that_ends_leaves_the_markers_of_another(postgres: PostgresServer) -> None:
    name = postgres.server.name
    one, other = Markers(name, "a1"), Markers(name, "b2")
    one.write("before")
    other.write("before")
    other.write("after")
    one.remove()
    assert one.present_in(name) == frozenset()
    assert other.present_in(name) == {"before", "after"}
    other.remove()
    with postgres.admin("postgres") as admin:
        assert admin.execute("SELECT FROM pg_namespace WHERE nspname LIKE 'drill%'").fetchall() == []
