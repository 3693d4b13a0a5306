"""Two states of a table compared: equal, narrower, wider, incomparable or unknown, with the rows that tell."""

from dataclasses import replace

import pytest

from policies.facts.catalog import Catalog, Grant, Membership, Policy, Role
from policies.proof.compare import Change, Difference, differences
from tests.proof.shop import ALL, ORDERS, PATIENCE_MS, ROLES, STANDARD, catalog, intent, using
from tests.proof.test_prove import EQUIVALENT

COMMANDS = ("SELECT", "INSERT", "UPDATE", "DELETE")


def compared(old: Catalog, new: Catalog, role: str = "shop_app") -> dict[str, Difference]:
    """What the role's commands reach on the table, by command."""
    found = differences(old, new, intent(), PATIENCE_MS)
    return {each.command: each for each in found if (each.role, each.table) == (role, "shop.orders")}


def changes(old: Catalog, new: Catalog, role: str = "shop_app") -> dict[str, str]:
    return {command: each.change.value for command, each in compared(old, new, role).items()}


def test_a_state_equals_itself() -> None:
    assert changes(catalog(), catalog()) == dict.fromkeys(COMMANDS, "equal")


@pytest.mark.parametrize("text", EQUIVALENT)
def test_the_policy_in_other_words_is_no_false_alarm(text: str) -> None:
    assert compared(catalog(), catalog(using(text)))["SELECT"].change not in (Change.WIDER, Change.INCOMPARABLE)


def test_a_renamed_policy_is_equal() -> None:
    renamed = replace(ORDERS, policies=(Policy("other", using=STANDARD),))
    assert set(changes(catalog(), catalog(renamed)).values()) == {"equal"}


def test_one_more_permissive_policy_is_wider_with_the_row_that_is_gained() -> None:
    opened = replace(ORDERS, policies=(*ORDERS.policies, Policy("p", "select", using="status = 'PUBLIC'")))
    found = compared(catalog(), catalog(opened))
    assert {command: each.change.value for command, each in found.items()} == dict.fromkeys(COMMANDS, "equal") | {
        "SELECT": "wider"
    }
    gained = found["SELECT"].gained
    assert gained is not None
    assert gained.target is not None
    assert gained.target.values["status"] == "PUBLIC"
    assert found["SELECT"].lost is None


def test_one_more_restrictive_policy_is_narrower_with_the_row_that_is_lost() -> None:
    limited = replace(ORDERS, policies=(*ORDERS.policies, Policy("r", is_permissive=False, using="total > 7")))
    found = compared(catalog(), catalog(limited))
    assert {each.change for each in found.values()} == {Change.NARROWER}
    lost = found["SELECT"].lost
    assert lost is not None
    assert lost.target is not None
    total = lost.target.values.get("total")
    assert total is None or (isinstance(total, int) and total <= 7)


def test_filters_that_each_let_something_through_that_the_other_does_not_are_incomparable() -> None:
    paid, open_ = (catalog(using(f"{STANDARD} AND status = '{status}'")) for status in ("PAID", "OPEN"))
    found = compared(paid, open_)["SELECT"]
    assert found.change is Change.INCOMPARABLE
    assert found.gained is not None
    assert found.lost is not None
    assert found.gained.target is not None
    assert found.lost.target is not None
    assert (found.gained.target.values["status"], found.lost.target.values["status"]) == ("OPEN", "PAID")


def test_the_witnesses_of_incomparable_filters_have_the_columns_that_only_the_other_filter_reads() -> None:
    other = catalog(using(f"({STANDARD} AND note IS DISTINCT FROM 'Shut') OR note = 'Open'"))
    found = compared(catalog(), other)["SELECT"]
    assert found.change is Change.INCOMPARABLE
    assert found.gained is not None
    assert found.lost is not None
    assert found.gained.target is not None
    assert found.lost.target is not None
    assert found.gained.target.values["note"] == "Open"
    assert found.gained.target.values["tenant_id"] != found.gained.settings.get("app.tenant_id")
    assert found.lost.target.values == {"tenant_id": found.lost.settings["app.tenant_id"], "note": "Shut"}
    assert (found.gained.others, found.lost.others) == ((), ())


def test_a_witness_has_the_setting_that_only_the_other_filter_reads() -> None:
    limited = using(f"{STANDARD} AND current_setting('app.role', true) IS DISTINCT FROM 'ops'")
    found = compared(catalog(), catalog(limited))["SELECT"]
    assert found.change is Change.NARROWER
    assert found.lost is not None
    assert found.lost.settings["app.role"] == "ops"


def test_a_written_row_keeps_the_bounds_of_columns_that_only_the_other_filter_reads() -> None:
    assert set(changes(catalog(), catalog(using(f"{STANDARD} AND coalesce(total, 0) <= 2147483647"))).values()) == {
        "equal"
    }


def test_a_witness_changes_no_column_that_the_role_cannot_set() -> None:
    columns = tuple(
        replace(each, acl=(Grant("shop_app", "UPDATE"),)) if each.name == "note" else each for each in ORDERS.columns
    )
    table = replace(ORDERS, columns=columns, acl=tuple(grant for grant in ALL if grant.privilege != "UPDATE"))
    checked, free = (
        catalog(replace(table, policies=(Policy("p", using=STANDARD, check=check),)))
        for check in (f"{STANDARD} AND status = 'OPEN'", STANDARD)
    )
    gained = compared(checked, free)["UPDATE"].gained
    assert gained is not None
    assert gained.target is not None
    assert gained.written is not None
    assert gained.target.values == gained.written.values
    assert gained.target.values["status"] != "OPEN"


def test_what_has_no_model_is_unknown_and_named() -> None:
    found = compared(catalog(), catalog(using(f"{STANDARD} AND note ~ 'x'")))["SELECT"]
    assert found.change is Change.UNKNOWN
    assert found.construct


def test_a_comparison_that_runs_out_of_time_is_unknown() -> None:
    found = differences(catalog(), catalog(using(f"{STANDARD} AND status = 'PAID'")), intent(), timeout_ms=0)
    assert {each.change for each in found if each.role == "shop_app"} == {Change.UNKNOWN}


@pytest.mark.parametrize(
    ("new", "expected"),
    [
        (catalog(replace(ORDERS, acl=ALL[:1])), {"SELECT": "equal", "INSERT": "narrower"}),
        (catalog(replace(ORDERS, row_security=False)), {"SELECT": "wider", "DELETE": "wider"}),
        (catalog(replace(ORDERS, policies=())), {"SELECT": "narrower", "UPDATE": "narrower"}),
        (catalog(memberships=(Membership("shop_owner", "shop_app", inherits=False),)), {"SELECT": "equal"}),
    ],
    ids=["privilege revoked", "row security off", "no policy", "membership"],
)
def test_privileges_and_row_security_count(new: Catalog, expected: dict[str, str]) -> None:
    assert changes(catalog(), new).items() >= expected.items()


def test_a_login_that_is_new_sees_more_and_one_that_is_gone_sees_less() -> None:
    granted = replace(ORDERS, acl=(*ALL, replace(ALL[0], grantee="shop_new")))
    schema = catalog().schemas[0]
    schema = replace(schema, acl=(*schema.acl, replace(schema.acl[0], grantee="shop_new")))
    with_it = catalog(granted, roles=(*ROLES, Role("shop_new", can_login=True)), schemas=(schema,))
    assert changes(catalog(), with_it, "shop_new")["SELECT"] == "wider"
    assert changes(with_it, catalog(), "shop_new")["SELECT"] == "narrower"


def test_a_table_that_is_gone_shows_less() -> None:
    assert set(changes(catalog(), replace(catalog(), relations=())).values()) == {"narrower"}


def test_where_a_state_is_not_known_whole_nothing_is_equal_and_what_is_wider_stays_so() -> None:
    partly = catalog(unmodelled=("DO $$ ... $$",))
    assert set(changes(catalog(), partly).values()) == {"unknown"}
    opened = catalog(replace(ORDERS, row_security=False), unread={"roles": "permission denied"})
    assert set(changes(catalog(), opened).values()) == {"wider"}
