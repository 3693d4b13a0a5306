"""What the prover says of policies: proved, refuted with a witness, or not known; never a false alarm."""

from dataclasses import replace

import pytest

from policies.facts.catalog import (
    Catalog,
    Column,
    Constraint,
    Function,
    Grant,
    Membership,
    Policy,
    Relation,
    Role,
    RoleSetting,
    Schema,
)
from policies.proof.obligation import Verdict
from policies.proof.prove import prove
from policies.proof.wishes import TENANT_A, TENANT_B
from tests.proof.shop import ALL, MEMBERS, ORDERS, ROLES, STANDARD, catalog, intent, obligation, using

CONTEXT = "current_setting('app.tenant_id', true)"

EQUIVALENT = [
    STANDARD,
    "tenant_id = current_setting('app.tenant_id')::uuid",
    f"tenant_id = NULLIF({CONTEXT}, '')::uuid",
    f"tenant_id::text = {CONTEXT}",
    f"tenant_id::text = lower({CONTEXT})",
    f"upper(tenant_id::text) = upper({CONTEXT})",
    f"(tenant_id)::text = btrim({CONTEXT})",
    f"tenant_id IN (SELECT {CONTEXT}::uuid)",
    f"tenant_id = ANY (ARRAY[{CONTEXT}::uuid])",
    f"NOT (tenant_id <> {CONTEXT}::uuid)",
    f"tenant_id IS NOT DISTINCT FROM NULLIF({CONTEXT}, '')::uuid",
    f"CASE WHEN COALESCE({CONTEXT}, '') = '' THEN false ELSE tenant_id = {CONTEXT}::uuid END",
    f"EXISTS (SELECT 1 WHERE tenant_id = {CONTEXT}::uuid)",
    f"(tenant_id, true) = (NULLIF({CONTEXT}, '')::uuid, true)",
    f"COALESCE(tenant_id = NULLIF({CONTEXT}, '')::uuid, false)",
    f"{STANDARD} AND status = 'PAID'",
    f"{STANDARD} AND (note LIKE 'a%' OR total BETWEEN 1 AND 9)",
    "false",
]

LEAKING = [
    "true",
    "tenant_id IS NOT NULL",
    f"{CONTEXT} IS NULL OR tenant_id = {CONTEXT}::uuid",
    f"tenant_id = COALESCE(NULLIF({CONTEXT}, '')::uuid, tenant_id)",
    f"{STANDARD} OR status = 'PUBLIC'",
    f"{STANDARD} OR current_setting('app.role', true) = 'admin'",
    "tenant_id = current_setting('app.other', true)::uuid",
    f"tenant_id <> {CONTEXT}::uuid",
    f"tenant_id >= {CONTEXT}::uuid",
    "status = 'PUBLIC'",
    "lower(status) = 'public'",
    "current_user = 'shop_app'",
    "pg_has_role('shop_app', 'member')",
    f"left(tenant_id::text, 8) = left({CONTEXT}, 8)",
    f"starts_with(tenant_id::text, {CONTEXT})",
    "total + 1 > total",
    "CASE WHEN total = 7 THEN true ELSE false END",
]

UNMODELLED = [
    "content ->> 'tenant' = 'x'",
    "note ~ '^a'",
    f"{STANDARD} AND content ? 'x'",
    f"{STANDARD} AND note < 'b'",
    f"{STANDARD} AND public.is_open(id)",
    "inet_client_addr() IS NULL AND tenant_id IS NULL",
]


@pytest.mark.parametrize("expression", EQUIVALENT)
def test_equivalent_rewrites_are_proved(expression: str) -> None:
    assert obligation(catalog(using(expression))).verdict is Verdict.PROVED


@pytest.mark.parametrize("expression", LEAKING)
def test_leaks_are_refuted_with_a_row_that_is_not_the_tenants(expression: str) -> None:
    found = obligation(catalog(using(expression)))
    assert found.verdict is Verdict.COUNTEREXAMPLE
    assert found.witness is not None
    assert found.witness.target is not None
    tenant = found.witness.settings.get("app.tenant_id")
    assert found.witness.target.values["tenant_id"] != tenant


@pytest.mark.parametrize("expression", UNMODELLED)
def test_what_has_no_model_is_unknown_and_named(expression: str) -> None:
    found = obligation(catalog(using(expression)))
    assert found.verdict is Verdict.UNKNOWN
    assert found.construct


def test_a_leak_beside_something_unmodelled_is_still_a_leak() -> None:
    assert obligation(catalog(using("note ~ 'x'", "status = 'PUBLIC'"))).verdict is Verdict.COUNTEREXAMPLE


def test_a_witness_reads_well() -> None:
    witness = obligation(catalog(using("true"))).witness
    assert witness is not None
    assert witness.target is not None
    assert (witness.settings, witness.target.values) == ({"app.tenant_id": TENANT_A}, {"tenant_id": TENANT_B})


@pytest.mark.parametrize("command", ["SELECT", "INSERT", "UPDATE", "DELETE"])
def test_every_command_of_the_standard_policy_is_proved(command: str) -> None:
    assert obligation(catalog(), command).verdict is Verdict.PROVED  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("orders", "leaks"),
    [
        (replace(ORDERS, policies=(Policy("p", using=STANDARD, check="true"),)), {"INSERT", "UPDATE"}),
        (replace(ORDERS, policies=(*ORDERS.policies, Policy("d", "delete", using="true"))), {"DELETE"}),
        (replace(ORDERS, policies=(*ORDERS.policies, Policy("s", "select", using="true"))), {"SELECT"}),
        (replace(ORDERS, policies=(*ORDERS.policies, Policy("u", "update", using="true"))), {"UPDATE"}),
        (replace(ORDERS, policies=(*ORDERS.policies, Policy("r", is_permissive=False, using="true"))), set()),
        (replace(ORDERS, policies=(Policy("r", is_permissive=False, using="true"),)), set()),
        (replace(ORDERS, policies=()), set()),
        (replace(ORDERS, policies=(*ORDERS.policies, Policy("o", roles=("other",), using="true"))), set()),
        (replace(ORDERS, row_security=False), {"SELECT", "INSERT", "UPDATE", "DELETE"}),
        (replace(ORDERS, row_security=False, acl=ALL[:1]), {"SELECT"}),
        (replace(ORDERS, force_row_security=False), set()),
        (replace(ORDERS, owner="shop_app"), {"SELECT", "INSERT", "UPDATE", "DELETE"}),
        (replace(ORDERS, acl=(*ALL, Grant("shop_app", "TRUNCATE"))), {"TRUNCATE"}),
        (replace(ORDERS, acl=(*ALL, Grant("public", "TRIGGER"))), {"TRIGGER"}),
    ],
)
def test_exactly_the_leaking_commands_are_refuted(orders: Relation, leaks: set[str]) -> None:
    assert refuted(catalog(orders)) == leaks


def test_a_number_that_the_server_gives_proves_nothing() -> None:
    key = replace(ORDERS.columns[1], acl=(Grant("shop_app", "INSERT"),))
    number = Column("number", "integer", not_null=True, is_identity=True)
    numbered = replace(
        ORDERS, columns=(key, number), acl=(), policies=(Policy("p", using=STANDARD, check="number > 0"),)
    )
    found = obligation(catalog(numbered), "INSERT")
    assert (found.verdict, found.construct) == (Verdict.UNKNOWN, "the default of column number")


def refuted(found: Catalog, role: str = "shop_app") -> set[str]:
    """The commands that the prover refutes for the role."""
    return {
        each.command for each in prove(found, intent()) if each.verdict is Verdict.COUNTEREXAMPLE and each.role == role
    }


@pytest.mark.parametrize(
    "membership",
    [
        Membership("shop_owner", "shop_app"),
        Membership("shop_owner", "shop_app", inherits=False),
        Membership("shop_owner", "shop_app", inherits=False, may_set=False, is_admin=True),
    ],
)
def test_whoever_may_become_the_owner_leaks(membership: Membership) -> None:
    assert "SELECT" in refuted(catalog(memberships=(membership,)))


def test_a_membership_that_gives_nothing_proves_nothing_wrong() -> None:
    useless = Membership("shop_owner", "shop_app", inherits=False, may_set=False)
    assert refuted(catalog(memberships=(useless,))) == set()


def test_whoever_inherits_from_an_administrator_of_the_owner_leaks() -> None:
    chain = (
        Membership("desk", "shop_app", may_set=False),
        Membership("shop_owner", "desk", inherits=False, may_set=False, is_admin=True),
    )
    assert "SELECT" in refuted(catalog(roles=(*ROLES, Role("desk")), memberships=chain))
    harmless = (chain[0], replace(chain[1], is_admin=False, may_set=True))
    assert refuted(catalog(roles=(*ROLES, Role("desk")), memberships=harmless)) == set()


def test_the_owner_of_the_database_has_the_policies_of_its_predefined_role() -> None:
    orders = replace(ORDERS, policies=(*ORDERS.policies, Policy("d", roles=("pg_database_owner",), using="true")))
    assert refuted(catalog(orders, database_owner="postgres")) == set()
    assert "SELECT" in refuted(catalog(orders, database_owner="shop_app"))


def test_the_owner_of_the_schema_can_drop_the_table() -> None:
    schema = Schema("shop", "shop_app", (Grant("shop_app", "USAGE"),))
    assert refuted(catalog(schemas=(schema,))) == {"DELETE"}


def test_a_policy_of_an_inherited_role_counts() -> None:
    group = (*ROLES, Role("staff"))
    orders = replace(ORDERS, policies=(*ORDERS.policies, Policy("s", "select", roles=("staff",), using="true")))
    assert refuted(catalog(orders, roles=group)) == set()
    assert refuted(catalog(orders, roles=group, memberships=(Membership("staff", "shop_app"),))) == {"SELECT"}


def test_bypassrls_leaks() -> None:
    roles = tuple(replace(role, bypasses_row_security=role.name == "shop_app") for role in ROLES)
    assert refuted(catalog(roles=roles)) == {"SELECT", "INSERT", "UPDATE", "DELETE"}


def test_a_tenant_set_on_the_role_leaks_to_sessions_without_one() -> None:
    setting = RoleSetting("shop_app", None, "app.tenant_id", TENANT_B)
    assert "SELECT" in refuted(catalog(role_settings=(setting,)))


def test_replication_is_beyond_what_can_be_proved() -> None:
    roles = tuple(replace(role, can_replicate=role.name == "shop_app") for role in ROLES)
    assert obligation(catalog(roles=roles)).verdict is Verdict.UNKNOWN


def test_statements_that_were_not_followed_leave_nothing_proved() -> None:
    assert obligation(catalog(unmodelled=("ALTER SOMETHING",))).verdict is Verdict.UNKNOWN


def test_a_missing_table_is_unknown() -> None:
    assert {each.verdict for each in prove(replace(catalog(), relations=()), intent())} == {Verdict.UNKNOWN}


def test_the_superuser_is_trusted_and_not_proved() -> None:
    assert obligation(catalog(), role="postgres").verdict is Verdict.TRUSTED


def test_an_undeclared_table_with_a_tenant_column_is_not_overlooked() -> None:
    later = replace(ORDERS, name="later", row_security=False, policies=())
    tables = {
        each.table for each in prove(catalog(others=(later,)), intent()) if each.verdict is Verdict.COUNTEREXAMPLE
    }
    assert tables == {"shop.later"}


def test_a_sub_select_is_filtered_by_the_other_tables_policies() -> None:
    mine = "SELECT m.tenant_id FROM shop.members m WHERE m.user_id = current_setting('app.user')::uuid"
    through = f"tenant_id IN ({mine})"
    isolated = replace(MEMBERS, policies=(Policy("m", using=STANDARD),))
    assert obligation(catalog(using(through), [isolated])).verdict is Verdict.PROVED
    opened = replace(MEMBERS, policies=(Policy("m", using="true"),))
    found = obligation(catalog(using(through), [opened]))
    assert found.verdict is Verdict.COUNTEREXAMPLE
    assert found.witness is not None
    assert [row.relation for row in found.witness.others] == [("shop", "members")]


def test_a_parents_policy_is_proved_by_the_composite_foreign_key() -> None:
    mine = f"p.tenant_id = NULLIF({CONTEXT}, '')::uuid"
    through = f"EXISTS (SELECT 1 FROM shop.parents p WHERE p.id = orders.id AND {mine})"
    parents = replace(
        ORDERS, name="parents", policies=(), row_security=False,
        constraints=(Constraint("parents_pkey", "primary key", ("id",), "PRIMARY KEY (id)"),),
    )  # fmt: skip
    bound = Constraint(
        "fk", "foreign key", ("tenant_id", "id"), "FOREIGN KEY (tenant_id, id) REFERENCES shop.parents(tenant_id, id)",
        references=("shop", "parents"), referenced_columns=("tenant_id", "id"),
    )  # fmt: skip
    assert obligation(catalog(replace(using(through), constraints=(bound,)), [parents])).verdict is Verdict.PROVED
    assert obligation(catalog(using(through), [parents])).verdict is Verdict.COUNTEREXAMPLE
    later = replace(bound, definition=f"{bound.definition} DEFERRABLE INITIALLY DEFERRED")
    deferred = catalog(replace(using(through), constraints=(later,)), [parents])
    assert obligation(deferred).verdict is Verdict.COUNTEREXAMPLE


def function(body: str, **changes: object) -> Function:
    """A function shop.tenant() in SQL."""
    definition = (
        f"CREATE FUNCTION shop.tenant() RETURNS uuid LANGUAGE sql STABLE SET search_path TO '' AS $$SELECT {body}$$"
    )
    built = Function(
        "shop", "tenant", "", "shop_owner", "sql", "uuid", volatility="stable", settings=(("search_path", '""'),),
        acl=(Grant("public", "EXECUTE"),), source=f"SELECT {body}", definition=definition,
    )  # fmt: skip
    return replace(built, **changes)  # type: ignore[arg-type]


def test_sql_functions_are_read() -> None:
    orders = using("tenant_id = shop.tenant()")
    assert obligation(catalog(orders, functions=[function(f"NULLIF({CONTEXT}, '')::uuid")])).verdict is Verdict.PROVED
    leaky = function("current_setting('app.other', true)::uuid")
    assert obligation(catalog(orders, functions=[leaky])).verdict is Verdict.COUNTEREXAMPLE


@pytest.mark.parametrize(
    "changes",
    [
        {"volatility": "immutable"},
        {"owner": "shop_app"},
        {"language": "plpgsql"},
        {"settings": ()},
        {"settings": (("app.tenant_id", "x"), ("search_path", ""))},
    ],
)
def test_other_functions_are_not_guessed(changes: dict[str, object]) -> None:
    orders = using("tenant_id = shop.tenant()")
    unread = function(f"NULLIF({CONTEXT}, '')::uuid", **changes)
    assert obligation(catalog(orders, functions=[unread])).verdict is Verdict.UNKNOWN


def test_a_function_named_like_a_built_in_one_is_not_taken_for_it() -> None:
    mine = function("'x'::text", name="lower", signature="text", returns="text", language="plpgsql")
    assert (
        obligation(catalog(using(f"tenant_id::text = lower({CONTEXT})"), functions=[mine])).verdict is Verdict.UNKNOWN
    )
