"""What each fault costs a client that writes without pause; prints the table of docs/production.md."""

import pytest

from tests.production.cluster import Replicated
from tests.production.faults import FAULTS, Fault, pooler_killed, proxy_killed
from tests.production.trial import HEADER, undergo
from tests.servers.stack import StackUnderTest

pytestmark = [pytest.mark.docker, pytest.mark.long]

LONGEST_PAUSE = 15.0


@pytest.fixture(scope="module", autouse=True)
def _head() -> None:
    print(f"\n{HEADER}")


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_a_fault_costs_seconds_and_no_acknowledged_commit(fault: Fault, instance: Replicated) -> None:
    outcome = undergo(instance, fault)
    print(f"\n{outcome.row}")
    assert outcome.lost == 0 or instance.name != "postgres-payment"
    assert outcome.two_primaries == 0
    assert outcome.pause <= LONGEST_PAUSE
    if fault in (proxy_killed, pooler_killed):
        assert not outcome.handed_over


def test_everything_is_well_afterwards(production: StackUnderTest) -> None:
    status = production.command("status")
    assert status.returncode == 0, status.stdout
    verified = production.command("verify", timeout=300)
    assert verified.returncode == 0, verified.stdout
