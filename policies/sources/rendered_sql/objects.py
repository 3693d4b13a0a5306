"""Schemas, views, extensions, publications; owners and DROP of everything."""

from dataclasses import replace
from typing import Any

from pglast import ast
from pglast.enums import ObjectType, ViewCheckOption

from policies.facts.catalog import Schema
from policies.facts.relations import Column, Relation
from policies.facts.routines import Language
from policies.facts.server import Extension, Publication
from policies.sources.rendered_sql import acl
from policies.sources.rendered_sql.privileges import functions_named
from policies.sources.rendered_sql.state import Address, Database
from policies.sources.rendered_sql.tables import address_of, options_of
from policies.sources.rendered_sql.text import option, option_text, role_name, sql_of, strings

_LANGUAGES = {"plpython3u": False, "plperl": True, "plperlu": False, "pltcl": True, "pltclu": False}
_RELATIONS = (
    ObjectType.OBJECT_TABLE,
    ObjectType.OBJECT_VIEW,
    ObjectType.OBJECT_MATVIEW,
    ObjectType.OBJECT_FOREIGN_TABLE,
    ObjectType.OBJECT_SEQUENCE,
)
_HANGING = {
    ObjectType.OBJECT_POLICY: "policies",
    ObjectType.OBJECT_TRIGGER: "triggers",
    ObjectType.OBJECT_RULE: "rules",
}


def create_schema(database: Database, statement: ast.CreateSchemaStmt) -> None:
    """CREATE SCHEMA."""
    owner = role_name(statement.authrole, database.role) if statement.authrole else database.role
    name = str(statement.schemaname or owner)
    database.schemas.setdefault(name, Schema(name, owner, acl.initial("schema", owner)))


def create_extension(database: Database, statement: ast.CreateExtensionStmt) -> None:
    """CREATE EXTENSION; what lies in it is not followed."""
    name = str(statement.extname)
    schema = option(statement.options, "schema")
    database.extensions.setdefault(
        name, Extension(name, "", option_text(schema) if schema else "public", database.role)
    )
    if name in _LANGUAGES:
        trusted = _LANGUAGES[name]
        database.languages[name] = Language(name, trusted, acl.initial("language", database.role))


def create_view(database: Database, statement: ast.ViewStmt) -> None:
    """CREATE VIEW; OR REPLACE keeps owner and grants."""
    address = address_of(database, statement.view, creating=True)
    known = database.relations.get(address)
    options = options_of(statement.options)
    if statement.withCheckOption == ViewCheckOption.LOCAL_CHECK_OPTION:
        options = (*options, ("check_option", "local"))
    view = _query_relation(database, address, "view", statement.query)
    if known:
        view = replace(view, owner=known.owner, acl=known.acl)
    database.relations[address] = replace(view, options=options)


def create_table_as(database: Database, statement: ast.CreateTableAsStmt) -> None:
    """CREATE TABLE AS and CREATE MATERIALIZED VIEW."""
    into: Any = statement.into
    is_view = statement.objtype == ObjectType.OBJECT_MATVIEW
    address = address_of(database, into.rel, creating=True)
    kind = "materialized view" if is_view else "table"
    database.relations.setdefault(address, _query_relation(database, address, kind, statement.query))


def _query_relation(database: Database, address: Address, kind: Any, query: Any) -> Relation:
    targets = (query.targetList or ()) if isinstance(query, ast.SelectStmt) else ()
    named = (target.name or _column_name(target.val) for target in targets)
    return Relation(
        schema=address[0],
        name=address[1],
        kind=kind,
        owner=database.role,
        acl=database.initial_acl("table", address[0]),
        columns=tuple(Column(name, "unknown") for name in named if name),
        definition=None if kind == "table" else sql_of(query),
    )


def _column_name(node: Any) -> str:
    parts = node.fields if isinstance(node, ast.ColumnRef) else ()
    return str(parts[-1].sval) if parts and isinstance(parts[-1], ast.String) else ""


def create_sequence(database: Database, statement: ast.CreateSeqStmt) -> None:
    """CREATE SEQUENCE."""
    address = address_of(database, statement.sequence, creating=True)
    grants = database.initial_acl("sequence", address[0])
    database.relations.setdefault(address, Relation(*address, kind="sequence", owner=database.role, acl=grants))


def create_publication(database: Database, statement: ast.CreatePublicationStmt) -> None:
    """CREATE PUBLICATION."""
    tables = tuple(address_of(database, part.pubtable.relation) for part in statement.pubobjects or () if part.pubtable)
    name = str(statement.pubname)
    database.publications[name] = Publication(name, database.role, bool(statement.for_all_tables), tables)


def alter_owner(database: Database, statement: ast.AlterOwnerStmt) -> None:
    """ALTER ... OWNER TO, of everything but tables."""
    owner, kind, target = (
        role_name(statement.newowner, database.role),
        ObjectType(statement.objectType or 0),
        statement.object,
    )
    if kind in (ObjectType.OBJECT_FUNCTION, ObjectType.OBJECT_PROCEDURE, ObjectType.OBJECT_ROUTINE):
        for function in functions_named(database, target):
            moved = acl.owned_by(function.acl, function.owner, owner)
            database.put_function(replace(function, owner=owner, acl=moved))
    elif kind == ObjectType.OBJECT_SCHEMA:
        schema = database.schemas.get(option_text(target))
        if schema:
            moved = acl.owned_by(schema.acl, schema.owner, owner)
            database.schemas[schema.name] = replace(schema, owner=owner, acl=moved)
    elif kind == ObjectType.OBJECT_DATABASE and option_text(target) == database.name:
        database.acl, database.owner = acl.owned_by(database.acl, database.owner, owner), owner
    elif kind == ObjectType.OBJECT_EVENT_TRIGGER:
        name = option_text(target)
        if name in database.event_triggers:
            database.event_triggers[name] = replace(database.event_triggers[name], owner=owner)
    else:
        database.unmodelled.append(sql_of(statement))


def drop(database: Database, statement: ast.DropStmt) -> None:
    """DROP of whatever the facts hold."""
    kind = ObjectType(statement.removeType or 0)
    for target in statement.objects or ():
        if kind in _RELATIONS:
            database.relations.pop(_address(database, target), None)
        elif kind in _HANGING:
            _drop_hanging(database, target, _HANGING[kind])
        elif kind == ObjectType.OBJECT_INDEX:
            _drop_index(database, target)
        else:
            _drop_other(database, kind, target)


def _address(database: Database, target: Any) -> Address:
    parts = strings(target)
    return database.resolve(parts[-2] if len(parts) > 1 else None, parts[-1])


def _drop_hanging(database: Database, target: Any, attribute: str) -> None:
    address, name = _address(database, target[:-1]), strings(target)[-1]
    if address in database.relations:
        relation = database.relations[address]
        kept: dict[str, Any] = {attribute: tuple(each for each in getattr(relation, attribute) if each.name != name)}
        database.relations[address] = replace(relation, **kept)


def _drop_index(database: Database, target: Any) -> None:
    name = strings(target)[-1]
    for address, relation in database.relations.items():
        kept = tuple(index for index in relation.indexes if index.name != name)
        if len(kept) != len(relation.indexes):
            database.relations[address] = replace(relation, indexes=kept)


def _drop_other(database: Database, kind: ObjectType, target: Any) -> None:
    if kind in (ObjectType.OBJECT_FUNCTION, ObjectType.OBJECT_PROCEDURE, ObjectType.OBJECT_ROUTINE):
        for function in functions_named(database, target):
            del database.functions[function.schema, function.name, function.signature]
    elif kind == ObjectType.OBJECT_EVENT_TRIGGER:
        database.event_triggers.pop(option_text(target), None)
    elif kind == ObjectType.OBJECT_EXTENSION:
        database.extensions.pop(option_text(target), None)
    elif kind == ObjectType.OBJECT_PUBLICATION:
        database.publications.pop(option_text(target), None)
    elif kind == ObjectType.OBJECT_SCHEMA:
        name = option_text(target)
        database.schemas.pop(name, None)
        database.relations = {key: each for key, each in database.relations.items() if key[0] != name}


def comment(database: Database, statement: ast.CommentStmt) -> None:
    """COMMENT ON COLUMN; other comments are no facts."""
    if statement.objtype != ObjectType.OBJECT_COLUMN:
        return
    parts: Any = statement.object
    address, name = _address(database, parts[:-1]), strings(parts)[-1]

    def change(relation: Relation) -> Relation:
        text = statement.comment
        columns = (replace(each, comment=text) if each.name == name else each for each in relation.columns)
        return replace(relation, columns=tuple(columns))

    database.change(address, change)


def call(database: Database, statement: ast.SelectStmt) -> None:
    """SELECT of a function that changes the catalog."""
    for target in statement.targetList or ():
        node = target.val
        name = strings(node.funcname)[-1] if isinstance(node, ast.FuncCall) else ""
        if name == "create_hypertable":
            _make_hypertable(database, node)


def _make_hypertable(database: Database, node: Any) -> None:
    schema, _, table = sql_of(node.args[0]).strip("'").rpartition(".")
    database.change(database.resolve(schema or None, table), lambda relation: replace(relation, is_hypertable=True))
