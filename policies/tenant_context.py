"""The signed tenant context as the verifier knows it: what it consists of, and what has to hold for it to be trusted.

The functions are recognised by their bodies, letter by letter. Nothing here reads `sql/`: whoever changes a body
there has to look at it again here.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass

from infra.model.tenancy import InstanceTenancy
from policies.facts.access import PUBLIC
from policies.facts.catalog import Catalog, Function, Index, Relation

SETTING = "app.tenant_token"
SCHEMA = "tenant_context"
OWNER = "tenant_context_owner"
CURRENT_TENANT = (SCHEMA, "current_tenant")
TOKEN_FOR = (SCHEMA, "token_for")
SIGNING_KEY = (SCHEMA, "signing_key")
SUPERUSER = "postgres"


@dataclass(frozen=True)
class Known:
    """A function as it was reviewed; `body` is SHA-256 of its source."""

    name: tuple[str, str]
    signature: str
    volatility: str
    body: str


REVIEWED = (
    Known(CURRENT_TENANT, "", "stable", "3d643f2586c162c00362036340968450a2c6aed88cab4e3799ac5d17648f4b7e"),
    Known(TOKEN_FOR, "uuid, interval", "volatile", "30fda99b5466d62e991bd342d7a23033b5c0b05206ff02a9cf9e800f1124475a"),
)


_KEPT = {
    "signing_key_secret_check": "CHECKget_byteinner_pad,31<>54ANDget_byteouter_pad,31<>92",
    "signing_key_end_check": "CHECKnot_after='infinity'ORnot_after-now<='7days'",
}
"""What keys have to keep to, without spaces, brackets and the casts that the server writes out."""
_IN_USE = "not_after='infinity'"
_WRITTEN_OUT = re.compile(r"[\s()]|::(timestamp with time zone|interval)")


def is_signed(tenancy: InstanceTenancy | None) -> bool:
    """Whether the instance is declared to have a signed context."""
    return tenancy is not None and tenancy.is_signed


def digest(source: str) -> str:
    """What a body is recognised by."""
    return hashlib.sha256(source.encode()).hexdigest()


def flaws(catalog: Catalog) -> Iterator[str]:
    """Why a token proves nothing on this database; none where it does."""
    for known in REVIEWED:
        yield from _function_flaws(catalog, known)
    yield from _owner_flaws(catalog)
    relation = catalog.relation(*SIGNING_KEY)
    if relation is None:
        yield f"table {'.'.join(SIGNING_KEY)} does not exist"
    else:
        yield from _key_flaws(catalog, relation)


def _function_flaws(catalog: Catalog, known: Known) -> Iterator[str]:
    name = ".".join(known.name)
    named = [function for function in catalog.functions if (function.schema, function.name) == known.name]
    if len(named) != 1 or named[0].signature != known.signature:
        yield f"function {name}({known.signature}) does not exist, or others have its name"
        return
    if not _is_as_reviewed(named[0], known):
        yield f"function {name}() is not the one that was reviewed"


def _is_as_reviewed(function: Function, known: Known) -> bool:
    return (
        digest(function.source) == known.body
        and function.language == "plpgsql"
        and function.volatility == known.volatility
        and function.is_security_definer
        and not function.is_leakproof
        and function.settings == (("search_path", "pg_catalog, pg_temp"),)
        and function.owner == OWNER
    )


def _owner_flaws(catalog: Catalog) -> Iterator[str]:
    role = catalog.role(OWNER)
    if role is None or role.can_login or role.is_superuser:
        yield f"{OWNER} is not a role without login"
    for membership in catalog.memberships:
        if membership.role == OWNER and membership.member != SUPERUSER:
            yield f"{membership.member} is a member of {OWNER}"
        elif membership.member == OWNER:
            yield f"{OWNER} is a member of {membership.role}"
    schema = catalog.schema(SCHEMA)
    if schema is None or schema.owner != OWNER:
        yield f"schema {SCHEMA} does not belong to {OWNER}"


def _key_flaws(catalog: Catalog, relation: Relation) -> Iterator[str]:
    name = relation.qualified_name
    if relation.owner != OWNER or relation.kind != "table":
        yield f"{name} is not a table of {OWNER}"
    if relation.triggers or relation.rules or relation.parents or catalog.children_of(relation):
        yield f"{name} has triggers, rules, parents or children"
    kept = {each.name: _plain(each.definition) for each in relation.constraints if each.is_validated}
    for constraint, definition in _KEPT.items():
        if kept.get(constraint) != definition:
            yield f"{name} has no {constraint} as it was reviewed"
    if not any(_lets_one_key_be_in_use(index) for index in relation.indexes):
        yield f"{name} may have several keys in use"
    grants = [*relation.acl, *(grant for column in relation.columns for grant in column.acl or ())]
    for grant in grants:
        if grant.grantee not in (OWNER, SUPERUSER):
            yield f"{'PUBLIC' if grant.grantee == PUBLIC else grant.grantee} has {grant.privilege} on {name}"


def _lets_one_key_be_in_use(index: Index) -> bool:
    predicate = _plain(index.predicate or "")
    return index.is_unique and index.is_valid and index.columns == ("not_after",) and predicate == _IN_USE


def _plain(definition: str) -> str:
    return _WRITTEN_OUT.sub("", definition)
