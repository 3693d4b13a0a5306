"""GRANT, REVOKE and ALTER DEFAULT PRIVILEGES."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from pglast import ast
from pglast.enums import GrantTargetType, ObjectType

from policies.facts.access import Acl, Grant
from policies.facts.relations import Relation
from policies.facts.routines import Function
from policies.sources.rendered_sql import acl
from policies.sources.rendered_sql.state import Address, Database
from policies.sources.rendered_sql.tables import address_of
from policies.sources.rendered_sql.text import option, role_name, sql_of, strings, type_name

_KINDS = {
    ObjectType.OBJECT_TABLE: "table",
    ObjectType.OBJECT_SEQUENCE: "sequence",
    ObjectType.OBJECT_FUNCTION: "function",
    ObjectType.OBJECT_PROCEDURE: "function",
    ObjectType.OBJECT_ROUTINE: "function",
    ObjectType.OBJECT_SCHEMA: "schema",
    ObjectType.OBJECT_DATABASE: "database",
    ObjectType.OBJECT_LANGUAGE: "language",
    ObjectType.OBJECT_TYPE: "type",
}
_ROW_KINDS = ("table", "partitioned table", "view", "materialized view", "foreign table")
Edit = Callable[[Acl], Acl]


def grant(database: Database, statement: ast.GrantStmt) -> None:
    """GRANT and REVOKE on objects."""
    kind = _KINDS.get(ObjectType(statement.objtype or 0))
    if kind in ("table", "sequence"):
        _on_relations(database, statement, kind)
    elif kind == "function":
        _on_functions(database, statement)
    elif kind == "schema":
        edit = _edit(database, statement, kind)
        for name in strings(statement.objects):
            if name in database.schemas:
                database.schemas[name] = replace(database.schemas[name], acl=edit(database.schemas[name].acl))
    elif kind == "database" and database.name in strings(statement.objects):
        database.acl = _edit(database, statement, kind)(database.acl)
    elif kind == "language":
        _on_languages(database, statement)
    elif kind is None and statement.objtype != ObjectType.OBJECT_PARAMETER_ACL:
        database.unmodelled.append(sql_of(statement))


def _on_relations(database: Database, statement: ast.GrantStmt, kind: str) -> None:
    edit = _edit(database, statement, kind)
    for address in _addresses(database, statement, kind):
        database.change(address, lambda relation: replace(relation, acl=edit(relation.acl)))
    for privilege in statement.privileges or ():
        if privilege.cols:
            for address in _addresses(database, statement, kind):
                _on_columns(database, statement, address, privilege)


def _addresses(database: Database, statement: ast.GrantStmt, kind: str) -> list[Address]:
    if statement.targtype == GrantTargetType.ACL_TARGET_ALL_IN_SCHEMA:
        schemas = strings(statement.objects)
        kinds = _ROW_KINDS if kind == "table" else ("sequence",)
        return [each.address for each in database.relations.values() if each.schema in schemas and each.kind in kinds]
    return [address_of(database, target) for target in statement.objects or ()]


def _on_columns(database: Database, statement: ast.GrantStmt, address: Address, privilege: Any) -> None:
    names = strings(privilege.cols)
    privileges = _spelled(privilege.priv_name, "column")
    edit = _edit_of(database, statement, privileges)

    def change(relation: Relation) -> Relation:
        columns = (replace(each, acl=edit(each.acl)) if each.name in names else each for each in relation.columns)
        return replace(relation, columns=tuple(columns))

    database.change(address, change)


def _on_functions(database: Database, statement: ast.GrantStmt) -> None:
    edit = _edit(database, statement, "function")
    for function in list(_functions(database, statement)):
        database.put_function(replace(function, acl=edit(function.acl)))


def _functions(database: Database, statement: ast.GrantStmt) -> Iterator[Function]:
    if statement.targtype == GrantTargetType.ACL_TARGET_ALL_IN_SCHEMA:
        schemas = strings(statement.objects)
        yield from (each for each in database.functions.values() if each.schema in schemas)
        return
    for target in statement.objects or ():
        yield from functions_named(database, target)


def functions_named(database: Database, target: Any) -> list[Function]:
    """The functions that an ObjectWithArgs means; those of extensions are not known."""
    parts = strings(target.objname)
    found = database.find_functions(parts[-2] if len(parts) > 1 else None, parts[-1])
    if target.args_unspecified:
        return found
    signature = ", ".join(type_name(argument) for argument in target.objargs or ())
    return [function for function in found if function.signature == signature]


def _on_languages(database: Database, statement: ast.GrantStmt) -> None:
    edit = _edit(database, statement, "language")
    for name in strings(statement.objects):
        if name in database.languages:
            database.languages[name] = replace(database.languages[name], acl=edit(database.languages[name].acl))


def _edit(database: Database, statement: Any, kind: str) -> Edit:
    whole = [privilege for privilege in statement.privileges or () if not privilege.cols]
    names = [name for privilege in whole for name in _spelled(privilege.priv_name, kind)]
    return _edit_of(database, statement, tuple(names) if statement.privileges else acl.ALL[kind])


def _spelled(name: str | None, kind: str) -> tuple[str, ...]:
    if name is None:
        return acl.ALL[kind]
    return ("TEMPORARY" if name.lower() == "temp" else name.upper(),)


def _edit_of(database: Database, statement: Any, privileges: tuple[str, ...]) -> Edit:
    grantees = tuple(role_name(spec, database.role) for spec in statement.grantees or ())
    if not statement.is_grant:
        return lambda known: acl.revoked(known, grantees, privileges, option_only=bool(statement.grant_option))
    additions = tuple(
        Grant(grantee, privilege, bool(statement.grant_option), database.role)
        for grantee in grantees
        for privilege in privileges
    )
    return lambda known: acl.granted(known, additions)


_DEFAULT_OBJECTS = {
    ObjectType.OBJECT_TABLE: ("table", "tables"),
    ObjectType.OBJECT_SEQUENCE: ("sequence", "sequences"),
    ObjectType.OBJECT_FUNCTION: ("function", "functions"),
    ObjectType.OBJECT_TYPE: ("type", "types"),
    ObjectType.OBJECT_SCHEMA: ("schema", "schemas"),
}


def alter_default_privileges(database: Database, statement: ast.AlterDefaultPrivilegesStmt) -> None:
    """ALTER DEFAULT PRIVILEGES: without a schema it starts from the implied grants, with one from none."""
    action: Any = statement.action
    kind, objects = _DEFAULT_OBJECTS[ObjectType(action.objtype)]
    specs = option(statement.options, "roles") or ()
    roles = [role_name(spec, database.role) for spec in specs] or [database.role]
    schemas: list[str | None] = list(strings(option(statement.options, "schemas"))) or [None]
    edit = _edit(database, action, kind)
    for role in roles:
        for schema in schemas:
            start = acl.initial(kind, role) if schema is None else ()
            changed = edit(database.defaults.get((role, schema, objects), start))
            _keep(database, (role, schema, objects), changed, start)


def _keep(database: Database, key: tuple[str, str | None, str], changed: Acl, start: Acl) -> None:
    if set(changed) == set(start):
        database.defaults.pop(key, None)
    else:
        database.defaults[key] = changed
