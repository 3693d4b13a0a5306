"""Every way to a table's rows counts: parts asked directly, views, presets; what was not read or decided is unknown."""

from dataclasses import replace

import pytest

from policies.facts.catalog import Grant, Relation, RoleSetting
from policies.proof.obligation import Verdict
from policies.proof.prove import prove
from policies.proof.wishes import TENANT_B
from tests.proof.shop import ORDERS, STANDARD, catalog, intent, obligation

READABLE = (Grant("shop_app", "SELECT"),)


def part(name: str, **changes: object) -> Relation:
    """A table that inherits from the orders, open to whoever may read it."""
    bare = replace(ORDERS, name=name, parents=(ORDERS.address,), row_security=False, policies=(), acl=READABLE)
    return replace(bare, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "child",
    [
        part("orders_2026", is_partition=True),
        part("orders_old"),
        part("_hyper_1_1_chunk", schema="_timescaledb_internal"),
    ],
    ids=["partition", "child", "chunk"],
)
def test_a_part_of_the_table_that_can_be_asked_directly_leaks(child: Relation) -> None:
    schemas = catalog().schemas
    if child.schema != "shop":
        schemas = (*schemas, replace(schemas[0], name=child.schema, acl=(Grant("public", "USAGE"),)))
    found = obligation(catalog(others=[child], schemas=schemas))
    assert (found.verdict, found.path) == (Verdict.COUNTEREXAMPLE, child.qualified_name)


def test_a_part_that_nobody_may_read_or_that_has_the_policy_itself_is_proved() -> None:
    assert obligation(catalog(others=[part("orders_2026", acl=())])).verdict is Verdict.PROVED
    guarded = part("orders_2026", row_security=True, force_row_security=True, policies=ORDERS.policies)
    assert obligation(catalog(others=[guarded])).verdict is Verdict.PROVED


def view(name: str, of: str, *options: tuple[str, str], owner: str = "shop_owner", where: str = "") -> Relation:
    """A view that the application may read."""
    definition = f" SELECT {of}.tenant_id, {of}.status FROM shop.{of}{where};"
    return Relation("shop", name, "view", owner, acl=READABLE, options=options, definition=definition)


INVOKER = ("security_invoker", "true")


@pytest.mark.parametrize(
    ("views", "verdict"),
    [
        ([view("v", "orders", INVOKER)], Verdict.PROVED),
        ([view("v", "orders", owner="postgres")], Verdict.COUNTEREXAMPLE),
        ([view("a", "orders", INVOKER), view("v", "a", INVOKER)], Verdict.PROVED),
        ([view("a", "orders", INVOKER), view("v", "a", owner="postgres")], Verdict.PROVED),
        ([view("a", "orders", owner="postgres"), view("v", "a", INVOKER)], Verdict.COUNTEREXAMPLE),
    ],
    ids=["invoker", "superuser's", "invoker in invoker", "invoker in the superuser's", "superuser's in an invoker"],
)
def test_views_run_with_the_rights_that_postgresql_gives_them(views: list[Relation], verdict: Verdict) -> None:
    assert obligation(catalog(others=views)).verdict is verdict


def test_a_materialised_view_shows_what_its_owner_saw() -> None:
    stored = replace(view("m", "orders", owner="postgres"), kind="materialized view")
    assert obligation(catalog(others=[stored])).verdict is Verdict.COUNTEREXAMPLE
    assert obligation(catalog(others=[replace(stored, acl=())])).verdict is Verdict.PROVED


@pytest.mark.parametrize(
    "setting",
    [
        RoleSetting("shop_app", None, "app.tenant_id", TENANT_B),
        RoleSetting(None, "aqstream", "app.tenant_id", TENANT_B),
        RoleSetting("shop_app", "aqstream", "app.tenant_id", TENANT_B),
    ],
    ids=["role", "database", "role in the database"],
)
def test_a_tenant_preset_for_whoever_logs_in_leaks(setting: RoleSetting) -> None:
    assert obligation(catalog(role_settings=(setting,))).verdict is Verdict.COUNTEREXAMPLE


def test_a_preset_for_somebody_else_or_of_another_setting_is_no_leak() -> None:
    others = (
        RoleSetting("shop_owner", None, "app.tenant_id", TENANT_B),
        RoleSetting(None, "another", "app.tenant_id", TENANT_B),
        RoleSetting("shop_app", None, "app.theme", "dark"),
    )
    assert obligation(catalog(role_settings=others)).verdict is Verdict.PROVED


@pytest.mark.parametrize(
    ("expression", "verdict"),
    [
        (f"({STANDARD}) IS TRUE", Verdict.PROVED),
        (f"({STANDARD}) IS NOT FALSE", Verdict.COUNTEREXAMPLE),
        (f"({STANDARD}) IS UNKNOWN", Verdict.COUNTEREXAMPLE),
        (f"NOT (NOT ({STANDARD}))", Verdict.PROVED),
        (f"COALESCE({STANDARD}, true)", Verdict.COUNTEREXAMPLE),
    ],
)
def test_a_comparison_with_no_tenant_is_neither_true_nor_false(expression: str, verdict: Verdict) -> None:
    policies = (replace(ORDERS.policies[0], using=expression),)
    assert obligation(catalog(replace(ORDERS, policies=policies))).verdict is verdict


def test_what_is_not_decided_in_time_is_unknown_and_never_proved() -> None:
    found = [each for each in prove(catalog(), intent(), timeout_ms=0) if each.role == "shop_app"]
    assert {each.verdict for each in found if each.command in ("SELECT", "INSERT", "UPDATE", "DELETE")} == {
        Verdict.UNKNOWN
    }


@pytest.mark.parametrize(
    "part", ["roles", "memberships", "schemas", "functions", "role_settings", "settings", "version"]
)
def test_a_catalog_that_could_not_be_read_whole_proves_nothing(part: str) -> None:
    found = obligation(catalog(unread={part: "permission denied"}))
    assert found.verdict is Verdict.UNKNOWN
    assert found.construct == f"{part} could not be read: permission denied"


def test_what_no_filter_depends_on_need_not_be_read() -> None:
    assert obligation(catalog(unread={"hba_rules": "permission denied"})).verdict is Verdict.PROVED


def test_a_leak_is_shown_whatever_else_could_not_be_read() -> None:
    opened = replace(ORDERS, row_security=False)
    assert obligation(catalog(opened, unread={"settings": "denied"})).verdict is Verdict.COUNTEREXAMPLE
