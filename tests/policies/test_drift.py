"""Drift names what differs, who is right and the command that mends it; a healthy stack has none."""

from dataclasses import replace

import pytest

from infra.model.loading import load_intent
from policies.drift import compare
from policies.facts.access import Grant, Role
from policies.facts.catalog import Catalog
from policies.facts.containers import Container
from policies.facts.facts import Facts, Unread
from policies.facts.relations import Relation
from policies.facts.server import HbaRule, Setting

INTENT = load_intent("dev")
TABLE = Relation("event_service", "events", "table", "event_service_owner", row_security=True, force_row_security=True)
CATALOG = Catalog("postgres-shared", "aqstream", roles=(Role("event_service_app", can_login=True),), relations=(TABLE,))
CONFIGURED = replace(CATALOG, hba_rules=(HbaRule(1, "hostssl", ("all",), ("all",), "all", "scram-sha-256"),))
CONTAINER = Container("aqstream-dev-postgres-shared", "sha256:1", networks=("aqstream-dev-shared",), memory=1)


def facts(plane: str, catalog: Catalog, *containers: Container) -> Facts:
    return Facts(plane, INTENT, catalogs={"postgres-shared": catalog}, containers=containers)  # type: ignore[arg-type]


def drift(live: Catalog, container: Container = CONTAINER) -> dict[str, str]:
    declared = facts("rendered-sql", CATALOG)
    planned = facts("plan", CONFIGURED, CONTAINER)
    found = compare(declared, planned, facts("live", live, container))
    return {difference.object: difference.aspect for difference in found.differences}


def test_a_healthy_stack_has_none() -> None:
    assert not drift(CONFIGURED)


@pytest.mark.parametrize(
    ("live", "where", "aspect"),
    [
        (
            replace(CONFIGURED, roles=(Role("event_service_app", can_login=True, bypasses_row_security=True),)),
            "postgres-shared event_service_app",
            "role attributes",
        ),
        (
            replace(CONFIGURED, relations=(replace(TABLE, acl=(Grant("public", "SELECT"),)),)),
            "postgres-shared event_service.events",
            "grants",
        ),
        (
            replace(CONFIGURED, relations=(replace(TABLE, force_row_security=False),)),
            "postgres-shared event_service.events",
            "row security",
        ),
        (
            replace(CONFIGURED, hba_rules=(HbaRule(1, "host", ("all",), ("all",), "all", "trust"),)),
            "postgres-shared pg_hba line 1",
            "authentication",
        ),
        (
            replace(CONFIGURED, settings=(Setting("work_mem", "9", is_from_alter_system=True),)),
            "postgres-shared work_mem",
            "settings",
        ),
    ],
)
def test_each_difference_is_named(live: Catalog, where: str, aspect: str) -> None:
    assert drift(live) == {where: aspect}


def test_a_container_on_another_network_is_named() -> None:
    moved = replace(CONTAINER, networks=("aqstream-dev-shared", "bridge"))
    assert drift(CONFIGURED, moved) == {"aqstream-dev-postgres-shared networks": "containers"}


def test_what_could_not_be_read_is_not_compared() -> None:
    blind = replace(facts("live", CONFIGURED), unread=(Unread("containers", "docker", "down"),))
    found = compare(facts("rendered-sql", CATALOG), facts("plan", CONFIGURED, CONTAINER), blind)
    assert not found.differences
    assert found.unread
