"""What services declare with a schedule is called in a deployed stack."""

import pytest

from infra.components.maintenance import maintenance_crontab
from infra.components.pgbackrest import CRONTAB
from infra.model.loading import load_services
from tests.servers.stack import StackUnderTest

pytestmark = pytest.mark.docker

COUNT = "SELECT count(*) FROM analytics_events"
EXPIRED = (
    "INSERT INTO analytics_events (name, service, occurred_at)"
    " SELECT 'a', 'b', now() - interval '2 years' FROM generate_series(1, 3)"
)


def _psql(stack: StackUnderTest, query: str) -> str:
    done = stack.command("psql", "analytics_service", "--", "-X", "-At", "-c", query)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_the_scheduled_line_drops_expired_metrics(deployed: StackUnderTest) -> None:
    container = deployed.container("postgres-analytics")
    (line,) = maintenance_crontab(load_services().values()).splitlines()
    code, crontab = container.exec_run(["cat", f"/etc/aqstream/{CRONTAB}"])
    assert (code, line in crontab.decode().splitlines()) == (0, True)
    before = _psql(deployed, COUNT)
    _psql(deployed, EXPIRED)
    command = line.split(" ", 5)[5]
    code, output = container.exec_run(["sh", "-c", command])
    assert (code, output) == (0, b"")
    assert _psql(deployed, COUNT) == before


@pytest.mark.parametrize("role", ["analytics_service_migrator", "verifier"])
def test_the_socket_lets_no_other_login_in(deployed: StackUnderTest, role: str) -> None:
    container = deployed.container("postgres-analytics")
    code, output = container.exec_run(["psql", "--dbname=aqstream", f"--username={role}", "--command=SELECT 1"])
    assert code != 0
    assert b"no pg_hba.conf entry" in output
