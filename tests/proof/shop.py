"""A catalog of one tenant table, to put policies on."""

from collections.abc import Sequence
from dataclasses import replace

from infra.model.intent import Intent
from infra.model.loading import load_stack
from infra.model.service import Service
from policies.facts.catalog import Catalog, Column, Function, Grant, Policy, Relation, Role, Schema
from policies.proof.obligation import Command, Obligation
from policies.proof.prove import prove

INSTANCE = "postgres-shared"
PATIENCE_MS = 60_000
"""z3's limit is in seconds on the wall; a loaded machine must not turn what it decides into an unknown."""
STANDARD = "tenant_id = ( SELECT (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid AS \"nullif\")"
RIGHTS = ("SELECT", "INSERT", "UPDATE", "DELETE")
ALL = tuple(Grant("shop_app", right) for right in RIGHTS)
ORDERS = Relation(
    "shop",
    "orders",
    "table",
    "shop_owner",
    acl=ALL,
    row_security=True,
    force_row_security=True,
    columns=(
        Column("id", "uuid", not_null=True),
        Column("tenant_id", "uuid", not_null=True),
        Column("status", "character varying(20)"),
        Column("note", "text"),
        Column("total", "integer"),
        Column("content", "jsonb"),
    ),
    policies=(Policy("isolation", using=STANDARD),),
)
MEMBERS = replace(
    ORDERS,
    name="members",
    policies=(),
    columns=(Column("tenant_id", "uuid", not_null=True), Column("user_id", "uuid", not_null=True)),
)
ROLES = (
    Role("postgres", can_login=True, is_superuser=True, bypasses_row_security=True),
    Role("shop_owner"),
    Role("shop_app", can_login=True),
)


def intent(key: str = "tenant_id") -> Intent:
    """A service with the table `orders`."""
    service = Service.model_validate(
        {
            "name": "shop",
            "short": "shop",
            "description": "Orders",
            "instance": INSTANCE,
            "tables": {"orders": {"tenancy": "tenant", "key": key}},
        }
    )
    return Intent.of({"shop": service}, load_stack("dev"))


def catalog(
    orders: Relation = ORDERS, others: Sequence[Relation] = (), functions: Sequence[Function] = (), **changes: object
) -> Catalog:
    """A database with the table, and whatever else."""
    schema = Schema("shop", "shop_owner", (Grant("shop_app", "USAGE"),))
    built = Catalog(
        INSTANCE, "aqstream", roles=ROLES, schemas=(schema,), relations=(orders, *others), functions=tuple(functions)
    )
    return replace(built, **changes)  # type: ignore[arg-type]


def using(*expressions: str, columns: Sequence[Column] | None = None) -> Relation:
    """The table with these permissive policies in place of its own."""
    policies = tuple(Policy(f"p{number}", using=text) for number, text in enumerate(expressions))
    return replace(ORDERS, policies=policies, columns=tuple(columns or ORDERS.columns))


def obligation(found: Catalog, command: Command = "SELECT", role: str = "shop_app") -> Obligation:
    """The obligation of the application's role for one command on the table."""
    return next(
        each
        for each in prove(found, intent(), PATIENCE_MS)
        if (each.role, each.table, each.command) == (role, "shop.orders", command)
    )
