"""How long proving takes: whole stacks, and a thousand tables with the standard policy on one instance.

Seconds are the process's own: it computes on one core and waits for nobody.
"""

import time
from dataclasses import replace

import pytest

from cli.catalogs import rendered
from infra.model.intent import Intent
from infra.model.loading import load_intent, load_stack
from infra.model.service import Service
from policies.facts.catalog import Role
from policies.proof.obligation import Verdict
from policies.proof.prove import prove
from tests.proof.shop import INSTANCE, ORDERS, ROLES, catalog

TABLES, LOGINS = 1_000, 10
HIGHEST_SECONDS = 15.0
HIGHEST_SECONDS_OF_A_STACK = 3.0


@pytest.mark.parametrize("stack", ["dev", "staging"])
def test_a_stack_is_proved_within_three_seconds(capsys: pytest.CaptureFixture[str], stack: str) -> None:
    intent = load_intent(stack)
    catalogs = rendered(intent)
    start = time.process_time()
    found = [obligation for catalog in catalogs.values() for obligation in prove(catalog, intent)]
    seconds = time.process_time() - start
    with capsys.disabled():
        print(f"\nstack {stack}, {len(found)} obligations: {seconds:.1f} s")
    assert {each.verdict for each in found} == {Verdict.PROVED, Verdict.TRUSTED}
    assert seconds < HIGHEST_SECONDS_OF_A_STACK


@pytest.mark.long
def test_a_thousand_tables_are_proved_within_fifteen_seconds(capsys: pytest.CaptureFixture[str]) -> None:
    names = [f"orders_{number}" for number in range(TABLES)]
    logins = tuple(Role(f"other_{number}_app", can_login=True) for number in range(LOGINS))
    built = replace(catalog(), relations=tuple(replace(ORDERS, name=name) for name in names), roles=(*ROLES, *logins))
    start = time.process_time()
    found = prove(built, intent_of(names))
    seconds = time.process_time() - start
    with capsys.disabled():
        print(f"\n{TABLES} tables, {len(found)} obligations: {seconds:.1f} s")
    assert {each.verdict for each in found} == {Verdict.PROVED, Verdict.TRUSTED}
    assert seconds < HIGHEST_SECONDS


def intent_of(names: list[str]) -> Intent:
    tables = {name: {"tenancy": "tenant", "key": "tenant_id"} for name in names}
    service = Service.model_validate(
        {"name": "shop", "short": "shop", "description": "Orders", "instance": INSTANCE, "tables": tables}
    )
    return Intent.of({"shop": service}, load_stack("dev"))
