"""Who may touch a relation at all, before any policy is asked."""

from policies.facts.catalog import Catalog, Relation

_EVERYWHERE = {
    "SELECT": "pg_read_all_data",
    "INSERT": "pg_write_all_data",
    "UPDATE": "pg_write_all_data",
    "DELETE": "pg_write_all_data",
}
"""Predefined roles that grant a privilege on every relation."""


def may(catalog: Catalog, user: str, relation: Relation, privilege: str) -> bool:
    """Whether the user has the privilege on the relation, or on any of its columns."""
    return may_wholly(catalog, user, relation, privilege) or bool(columns_granted(catalog, user, relation, privilege))


def may_wholly(catalog: Catalog, user: str, relation: Relation, privilege: str) -> bool:
    """Whether the user has the privilege on the whole relation."""
    if catalog.is_superuser(user) or privilege in catalog.privileges(user, relation.acl):
        return True
    return _EVERYWHERE.get(privilege) in catalog.inherited_roles(user)


def columns_granted(catalog: Catalog, user: str, relation: Relation, privilege: str) -> frozenset[str]:
    """The columns on which the user has the privilege by a grant of their own."""
    return frozenset(
        column.name for column in relation.columns if column.acl and privilege in catalog.privileges(user, column.acl)
    )


def columns_allowed(catalog: Catalog, user: str, relation: Relation, privilege: str) -> frozenset[str]:
    """The columns that the user may read or write."""
    if may_wholly(catalog, user, relation, privilege):
        return frozenset(column.name for column in relation.columns)
    return columns_granted(catalog, user, relation, privilege)


def may_address(catalog: Catalog, user: str, schema_name: str) -> bool:
    """Whether a query of the user may name what is in the schema."""
    schema = catalog.schema(schema_name)
    if catalog.is_superuser(user) or schema is None:
        return True
    predefined = {"pg_read_all_data", "pg_write_all_data"} & catalog.inherited_roles(user)
    return bool(predefined) or "USAGE" in catalog.privileges(user, schema.acl)


def owns(catalog: Catalog, user: str, owner: str) -> bool:
    """Whether the user counts as the owner: it is the role or has its privileges."""
    return catalog.is_superuser(user) or owner in catalog.inherited_roles(user)


def may_create_in(catalog: Catalog, user: str, schema_name: str) -> bool:
    """Whether the user can make objects in the schema, superusers apart; nobody but them can in PostgreSQL's own."""
    schema = catalog.schema(schema_name)
    return schema is not None and "CREATE" in catalog.privileges(user, schema.acl)


def may_make_temporary(catalog: Catalog, user: str) -> bool:
    """Whether the user can make temporary objects, superusers apart."""
    return "TEMPORARY" in catalog.privileges(user, catalog.database_acl)


def may_create_somewhere(catalog: Catalog, user: str) -> bool:
    """Whether the user can make objects: in some schema, or temporary ones."""
    anywhere = (schema for schema in catalog.schemas if "CREATE" in catalog.privileges(user, schema.acl))
    database = catalog.privileges(user, catalog.database_acl) & {"CREATE", "TEMPORARY"}
    return catalog.is_superuser(user) or bool(database) or next(anywhere, None) is not None
