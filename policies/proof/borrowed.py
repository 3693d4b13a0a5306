"""Code that runs with somebody else's rights: SECURITY DEFINER functions, rewrite rules, attributes of a role."""

from collections.abc import Iterator

from policies.facts.catalog import Catalog, Function, Relation
from policies.proof.privileges import may, may_address, may_create_somewhere, owns
from policies.proof.tenancy import Tenancy

WRITES = ("INSERT", "UPDATE", "DELETE", "TRUNCATE")
_FILES = ("pg_read_server_files", "pg_write_server_files", "pg_execute_server_program")


def foreign_code(users: frozenset[str], touched: list[Relation], tenancy: Tenancy) -> Iterator[tuple[str, str]]:
    """(construct, declared reason) of each piece of code the users can run that could touch the relations."""
    catalog = tenancy.catalog
    for function in catalog.functions:
        may_touch = function.is_security_definer and _could_touch(catalog, function.owner, touched)
        if may_touch and runs(function, users, catalog):
            yield f"SECURITY DEFINER function {function.qualified_name}", tenancy.reason_for(function)
    for relation in catalog.relations:
        if relation.rules and _could_touch(catalog, relation.owner, touched) and _usable(catalog, users, relation):
            yield f"rewrite rule {relation.rules[0].name} on {relation.qualified_name}", ""


def runs(function: Function, users: frozenset[str], catalog: Catalog) -> bool:
    """Whether any of the users can make the function run."""
    if function.returns == "event_trigger":
        return any(may_create_somewhere(catalog, user) for user in users)
    if function.returns == "trigger":
        return any(_fires(function, relation, users, catalog) for relation in catalog.relations)
    callers = [user for user in users if "EXECUTE" in catalog.privileges(user, function.acl)]
    return any(may_address(catalog, user, function.schema) for user in callers) or bool(
        callers and _is_mentioned(function, catalog)
    )


def _is_mentioned(function: Function, catalog: Catalog) -> bool:
    """Whether something else might call it, for which its schema's privileges do not count."""
    texts = [relation.definition for relation in catalog.relations]
    texts += [text for relation in catalog.relations for text in _expressions(relation)]
    texts += [other.source for other in catalog.functions if other is not function]
    return any(function.name in text for text in texts if text)


def _expressions(relation: Relation) -> Iterator[str | None]:
    for policy in relation.policies:
        yield policy.using
        yield policy.check
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


def powers(users: frozenset[str], catalog: Catalog) -> Iterator[str]:
    """What a role may do outside SQL's tables, where no policy reaches."""
    for user in sorted(users):
        role = catalog.role(user)
        if role is not None and role.can_replicate:
            yield f"REPLICATION attribute of {user}: it copies the server's files"
        for power in _FILES:
            if power in catalog.settable_roles(user):
                yield f"membership of {user} in {power}"
