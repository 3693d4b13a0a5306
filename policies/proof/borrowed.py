"""Code that runs with somebody else's rights: SECURITY DEFINER functions, rewrite rules, attributes of a role."""

from collections.abc import Iterator
from dataclasses import dataclass

from policies.facts.catalog import Catalog, Function, Relation
from policies.proof.privileges import may, may_address, may_create_somewhere, owns
from policies.proof.tenancy import Tenancy
from policies.system_grants import undeclared_grants

WRITES = ("INSERT", "UPDATE", "DELETE", "TRUNCATE")
_FILES = ("pg_read_server_files", "pg_write_server_files", "pg_execute_server_program")


@dataclass(frozen=True)
class Code:
    """What some users can run with somebody else's rights: found once, asked about each table."""

    functions: tuple[Function, ...]
    ruled: tuple[Relation, ...]

    @classmethod
    def within_reach(cls, users: frozenset[str], catalog: Catalog) -> "Code":
        """SECURITY DEFINER functions that they can make run, relations with rewrite rules that they can write to."""
        definers = (function for function in catalog.functions if function.is_security_definer)
        ruled = (relation for relation in catalog.relations if relation.rules)
        return cls(
            tuple(function for function in definers if runs(function, users, catalog)),
            tuple(relation for relation in ruled if _usable(catalog, users, relation)),
        )


def foreign_code(code: Code, touched: list[Relation], tenancy: Tenancy) -> Iterator[tuple[str, str]]:
    """(construct, declared reason) of each piece of the code that could touch the relations."""
    for function in code.functions:
        if _could_touch(tenancy.catalog, function.owner, touched):
            yield f"SECURITY DEFINER function {function.qualified_name}", tenancy.reason_for(function)
    for relation in code.ruled:
        if _could_touch(tenancy.catalog, relation.owner, touched):
            yield f"rewrite rule {relation.rules[0].name} on {relation.qualified_name}", ""


def runs(function: Function, users: frozenset[str], catalog: Catalog) -> bool:
    """Whether any of the users can make the function run."""
    if function.returns == "event_trigger":
        return any(may_create_somewhere(catalog, user) for user in users)
    if function.returns == "trigger":
        return any(_fires(function, relation, users, catalog) for relation in catalog.relations)
    callers = [user for user in users if "EXECUTE" in catalog.privileges(user, function.acl)]
    return any(_may_call(catalog, user, function) for user in callers) or bool(
        callers and _is_mentioned(function, catalog)
    )


def _may_call(catalog: Catalog, user: str, function: Function) -> bool:
    may_address_it = may_address(catalog, user, function.schema)
    return may_address_it and "EXECUTE" in catalog.privileges(user, function.acl)


def _is_mentioned(function: Function, catalog: Catalog) -> bool:
    """Whether something else might call it, for which its schema's privileges do not count."""
    texts = [relation.definition for relation in catalog.relations]
    texts += [text for relation in catalog.relations for text in _expressions(relation)]
    texts += [other.source for other in catalog.functions if other is not function]
    return any(function.name in text for text in texts if text)


def _expressions(relation: Relation) -> Iterator[str | None]:
    yield from _policy_texts(relation)
    for column in relation.columns:
        yield column.default
    for constraint in relation.constraints:
        yield constraint.definition


def _fires(function: Function, relation: Relation, users: frozenset[str], catalog: Catalog) -> bool:
    called = any(trigger.function == (function.schema, function.name) for trigger in relation.triggers)
    return called and _usable(catalog, users, relation)


def _usable(catalog: Catalog, users: frozenset[str], relation: Relation) -> bool:
    return any(may(catalog, user, relation, privilege) for user in users for privilege in WRITES)


def _could_touch(catalog: Catalog, owner: str, touched: list[Relation]) -> bool:
    return any(
        owns(catalog, owner, relation.owner) or may(catalog, owner, relation, privilege)
        for relation in touched
        for privilege in (*WRITES, "SELECT")
    )


def changeable(users: frozenset[str], touched: list[Relation], catalog: Catalog) -> Iterator[str]:
    """The functions that filters and views of the relations call, and that one of the users may change or drop."""
    for function in _called(touched, catalog):
        for user in sorted(users):
            if owns(catalog, user, function.owner) and not catalog.is_superuser(user):
                yield f"function {function.qualified_name}, which {user} may change"


def _called(touched: list[Relation], catalog: Catalog) -> list[Function]:
    """Named in a policy or a view, or in a function that is; a name that only looks alike does no harm."""
    texts = [text for relation in touched for text in (relation.definition, *_policy_texts(relation)) if text]
    called: list[Function] = []
    while texts:
        text = texts.pop()
        found = [each for each in catalog.functions if each.name in text and each not in called]
        called += found
        texts += [each.source for each in found]
    return called


def _policy_texts(relation: Relation) -> Iterator[str | None]:
    for policy in relation.policies:
        yield policy.using
        yield policy.check


def powers(users: frozenset[str], catalog: Catalog) -> Iterator[str]:
    """What a role may do outside SQL's tables, where no policy reaches."""
    for user in sorted(users):
        yield from _attributes(user, catalog)
        for grant in undeclared_grants(catalog):
            if grant.grantee in catalog.grantees(user):
                yield f"{grant.privilege} on {grant.object} for {grant.grantee}"
        for function in catalog.functions:
            if function.is_leakproof and _may_call(catalog, user, function):
                yield f"function {function.qualified_name} claims to be leakproof, so it sees rows before policies do"


def _attributes(user: str, catalog: Catalog) -> Iterator[str]:
    role = catalog.role(user)
    if role is not None and role.can_replicate:
        yield f"REPLICATION attribute of {user}: it copies the server's files"
    for power in _FILES:
        if power in catalog.settable_roles(user):
            yield f"membership of {user} in {power}"
    if user == catalog.database_owner and not catalog.is_superuser(user):
        yield f"{user} owns the database, which it can drop and preset"
