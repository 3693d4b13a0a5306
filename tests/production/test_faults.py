"""What each fault costs a client that writes without pause; prints the table of docs/production.md."""

import time

import pytest

from tests.production.cluster import Replicated, wait_for
from tests.production.faults import FAULTS, Fault, etcd_quorum_lost, pooler_killed, proxy_killed, quorum
from tests.production.small_disk import FULL_DISKS, primary_on_a_small_disk
from tests.production.trial import HEADER, HEAL_SECONDS, INSTANCES, Outcome, undergo
from tests.production.watcher import Watcher
from tests.production.writer import Writer
from tests.servers.stack import StackUnderTest

pytestmark = [pytest.mark.docker, pytest.mark.long]

LONGEST_PAUSE = 15.0
FROZEN_SECONDS = 20.0
FENCED_WITHIN = 0.5
BYTES_A_COMMIT = 300
MAY_LOSE = {"postgres-payment": 0, "postgres-user": 1 << 20}
"""Bytes of WAL: an asynchronous instance may lose its `maxLag`."""


@pytest.fixture(scope="module", autouse=True)
def _head() -> None:
    print(f"\n{HEADER}")


def _require(outcome: Outcome) -> None:
    print(f"\n{outcome.row}")
    assert outcome.lost * BYTES_A_COMMIT <= MAY_LOSE[outcome.instance]
    assert outcome.two_primaries == 0
    assert outcome.archives
    assert outcome.is_contiguous
    assert outcome.pause <= LONGEST_PAUSE


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_a_fault_costs_seconds_and_no_acknowledged_commit(fault: Fault, instance: Replicated) -> None:
    outcome = undergo(instance, fault)
    _require(outcome)
    if fault in (proxy_killed, pooler_killed, etcd_quorum_lost):
        assert not outcome.handed_over


def test_a_frozen_primary_is_ended_as_soon_as_it_goes_on(instance: Replicated) -> None:
    """Nothing in a frozen container can end it; its lease is over long before it goes on."""
    wait_for(instance.is_whole, HEAL_SECONDS, "whole cluster before the fault")
    frozen = instance.leader()
    with Writer(instance) as writer, Watcher(instance) as watcher:
        writer.await_writes(100)
        container = instance.container(frozen)
        container.pause()
        try:
            time.sleep(FROZEN_SECONDS)
            writer.await_writes(100)
        finally:
            thawed = time.time()
            container.unpause()
        wait_for(instance.is_whole, HEAL_SECONDS, "whole cluster after the fault")
    writable = [moment - thawed for moment, is_writable in watcher.seen[frozen] if is_writable and moment > thawed]
    print(f"\n{instance.name}: writable after the thaw for {max(writable, default=0):.2f} s")
    assert max(writable, default=0) < FENCED_WITHIN
    assert len(writer.lost()) * BYTES_A_COMMIT <= MAY_LOSE[instance.name]
    assert instance.leader() != frozen
    assert instance.archives()
    assert instance.is_contiguous()


@pytest.mark.parametrize("fault", FULL_DISKS, ids=lambda fault: fault.__name__)
def test_a_full_disk_makes_another_node_the_primary(fault: Fault, instance: Replicated) -> None:
    with primary_on_a_small_disk(instance):
        outcome = undergo(instance, fault)
    _require(outcome)
    assert outcome.handed_over


def test_a_lost_quorum_is_reported_with_the_way_out(production: StackUnderTest) -> None:
    instance = Replicated(production, "postgres-user", INSTANCES["postgres-user"], 3)
    lost = quorum(instance)
    for container in lost:
        container.kill()
    try:
        status = production.command("status")
        verified = production.command("verify", "--only", "consensus_has_a_quorum")
    finally:
        for container in lost:
            container.start()
    assert status.returncode == 3
    assert all(str(container.name).rpartition(production.name)[2].lstrip("-") in status.stdout for container in lost)
    assert verified.returncode == 1
    assert "docker start" in verified.stdout
    wait_for(lambda: production.command("status").returncode == 0, HEAL_SECONDS, "well stack after the quorum is back")


def test_everything_is_well_afterwards(production: StackUnderTest) -> None:
    status = production.command("status")
    assert status.returncode == 0, status.stdout
    verified = production.command("verify", timeout=300)
    assert verified.returncode == 0, verified.stdout
