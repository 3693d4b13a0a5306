"""Under a signed tenant context: which roles could make themselves a token, and the statement that does it."""

# ruff: noqa: S608 the names are ours, the tenant is a constant

from collections.abc import Iterator
from dataclasses import dataclass

from policies.facts.catalog import Catalog
from policies.proof.privileges import may, may_address, may_wholly
from policies.tenant_context import SCHEMA, SETTING, SIGNING_KEY, TOKEN_FOR

_KEYS = ".".join(SIGNING_KEY)
_SIGNED = (
    f"SELECT set_config('{SETTING}', signed || '.' || encode(sha256(outer_pad || sha256(inner_pad"
    " || convert_to(signed, 'UTF8'))), 'hex'), true) FROM (SELECT *, format('%s.%s.%s', id, '{tenant}',"
    " floor(extract(epoch FROM clock_timestamp()))::bigint + 60) AS signed FROM {keys}) AS known"
)
_OWN_KEY = (
    f"WITH placed AS (INSERT INTO {_KEYS} (id, inner_pad, outer_pad, not_after)"
    " VALUES ('forged00', repeat('k', 64)::bytea, repeat('k', 64)::bytea, now() + interval '1 hour')) "
)
_OWN_PADS = "(VALUES ('forged00', repeat('k', 64)::bytea, repeat('k', 64)::bytea)) AS own (id, inner_pad, outer_pad)"


@dataclass(frozen=True)
class Forgery:
    """A way of `user` to a token for any tenant."""

    user: str
    why: str
    statement: str


def forgeries(catalog: Catalog, users: frozenset[str], tenant: str) -> Iterator[Forgery]:
    """Every way that one of the users has to a token for the tenant."""
    for user in sorted(user for user in users if may_address(catalog, user, SCHEMA)):
        if _may_sign(catalog, user):
            name = ".".join(TOKEN_FOR)
            statement = f"SELECT set_config('{SETTING}', {name}('{tenant}'), true)"
            yield Forgery(user, f"{user} may execute {name}, which signs for any tenant", statement)
        yield from _by_the_key(catalog, user, tenant)


def _may_sign(catalog: Catalog, user: str) -> bool:
    signers = [function for function in catalog.functions if (function.schema, function.name) == TOKEN_FOR]
    return any("EXECUTE" in catalog.privileges(user, function.acl) for function in signers)


def _by_the_key(catalog: Catalog, user: str, tenant: str) -> Iterator[Forgery]:
    relation = catalog.relation(*SIGNING_KEY)
    if relation is None:
        return
    if may(catalog, user, relation, "SELECT"):
        statement = _SIGNED.format(tenant=tenant, keys=_KEYS)
        yield Forgery(user, f"{user} may read {_KEYS} and sign for any tenant", statement)
    if may_wholly(catalog, user, relation, "INSERT"):
        statement = _OWN_KEY + _SIGNED.format(tenant=tenant, keys=_OWN_PADS)
        yield Forgery(user, f"{user} may add a key of its own to {_KEYS}", statement)
