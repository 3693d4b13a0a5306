"""Privileges that no policy filters: TRUNCATE, REFERENCES and TRIGGER, and what still holds them back."""

from policies.facts.catalog import Acl, Catalog, Relation
from policies.proof.obligation import Command
from policies.proof.privileges import may_wholly

_ANY_TRIGGER_FUNCTION = "pg_catalog.suppress_redundant_updates_trigger()"


def beyond_policies(catalog: Catalog, user: str, relation: Relation, command: Command) -> tuple[str, str]:
    """The statement that uses the privilege, and what keeps it from working; one of them is empty."""
    match command:
        case "TRUNCATE":
            return _truncate(catalog, user, relation)
        case "REFERENCES":
            return _refer(catalog, user, relation)
    statement = f"CREATE TRIGGER replayed BEFORE UPDATE ON {relation.qualified_name} FOR EACH ROW"
    return f"{statement} EXECUTE FUNCTION {_ANY_TRIGGER_FUNCTION}", ""


def _truncate(catalog: Catalog, user: str, relation: Relation) -> tuple[str, str]:
    together = _referring(catalog, relation)
    held = [other for other in together if not may_wholly(catalog, user, other, "TRUNCATE")]
    if held:
        return "", f"{held[0].qualified_name} refers to it by a foreign key"
    return f"TRUNCATE {', '.join(table.qualified_name for table in together)}", ""


def _referring(catalog: Catalog, relation: Relation) -> list[Relation]:
    """The relation and every table that refers to it, however indirectly."""
    found = {relation.address: relation}
    frontier = [relation]
    while frontier:
        target = frontier.pop().address
        for other in catalog.relations:
            refers = any(constraint.references == target for constraint in other.constraints)
            if refers and other.address not in found:
                found[other.address] = other
                frontier.append(other)
    return list(found.values())


def _refer(catalog: Catalog, user: str, relation: Relation) -> tuple[str, str]:
    key = next((constraint for constraint in relation.constraints if constraint.is_key), None)
    schema = next((schema.name for schema in catalog.schemas if _may_create_in(catalog, user, schema.acl)), None)
    if schema is None or key is None:
        return "", f"{user} can make no table that refers to it"
    columns = [(name, relation.column(name)) for name in key.columns]
    typed = ", ".join(f'"{name}" {column.type}' for name, column in columns if column is not None)
    names = ", ".join(f'"{name}"' for name in key.columns)
    table = f"CREATE TABLE {schema}.replayed ({typed}, FOREIGN KEY ({names})"
    return f"{table} REFERENCES {relation.qualified_name} ({names}))", ""


def _may_create_in(catalog: Catalog, user: str, acl: Acl) -> bool:
    return catalog.is_superuser(user) or "CREATE" in catalog.privileges(user, acl)
