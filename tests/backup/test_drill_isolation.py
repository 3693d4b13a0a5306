"""A drill judges isolation on the restored copy, and on nothing else."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cli.restored_isolation import judge_isolation, judged_rules, only_the_copy
from policies.facts.probes import PRIMARY
from policies.sources.live.access import Access, Endpoint
from tests.policies.examples.world import INSTANCE, World, world
from tests.servers.container import free_port

__all__ = ["world"]
PRODUCTION = Endpoint("127.0.0.1", 5432)


def test_no_way_leads_to_the_running_instance() -> None:
    running = {INSTANCE: PRODUCTION, "redis": PRODUCTION, "postgres-user": PRODUCTION}
    access = Access(running, Path(), other_ways={(INSTANCE, "pooled"): PRODUCTION, (INSTANCE, "replica"): PRODUCTION})
    copy = only_the_copy(access, INSTANCE, "127.0.0.2", 6543)
    assert copy.paths(INSTANCE) == (PRIMARY,)
    assert copy.listeners == {INSTANCE: Endpoint("127.0.0.2", 6543)}


def test_rules_about_isolation_and_about_who_comes_in_are_judged_and_those_about_backups_are_not() -> None:
    judged = {rule.id for rule in judged_rules()}
    assert judged >= {"event_triggers_are_on", "row_security_is_on", "hba_demands_scram", "probe_select"}
    assert not judged & {"backup_archives_wal", "settings_come_from_the_program", "fsync_is_on"}


@pytest.fixture
def outputs(world: World) -> dict[str, Any]:
    """The outputs of a stack whose running instance, pooler and replica nobody may ask: none of them answers."""
    nowhere = {"host": "127.0.0.1", "port": free_port()}
    passwords = world.server.passwords
    return {
        "endpoints": {INSTANCE: {**nowhere, "pooled": nowhere, "readOnly": nowhere}},
        "authority": (world.server.folder / "authority.crt").read_text(),
        "credentials": {"shop": {"postgres": {role: found for role, found in passwords.items() if "shop" in role}}},
        "instanceCredentials": {INSTANCE: {"verifier": passwords["verifier"]}},
    }


@pytest.mark.docker
def test_a_copy_passes_while_the_running_instance_answers_nobody(world: World, outputs: dict[str, Any]) -> None:
    found = judge_isolation(world.intent, outputs, INSTANCE, "localhost", world.server.server.port)
    assert found.passed, found.detail


@pytest.fixture
def without_guard(world: World) -> Iterator[None]:
    with world.server.admin() as admin:
        admin.execute("ALTER DATABASE aqstream SET event_triggers = off")
        yield
        admin.execute("ALTER DATABASE aqstream RESET event_triggers")


@pytest.mark.docker
@pytest.mark.usefixtures("without_guard")
def test_a_copy_whose_database_turns_the_guard_off_fails(world: World, outputs: dict[str, Any]) -> None:
    found = judge_isolation(world.intent, outputs, INSTANCE, "localhost", world.server.server.port)
    assert not found.passed
    assert "event_triggers_are_on" in found.detail
