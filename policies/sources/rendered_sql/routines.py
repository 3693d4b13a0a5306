"""Functions, procedures, event triggers and enum types."""

from dataclasses import replace
from typing import Any

from pglast import ast
from pglast.enums import FunctionParameterMode as Mode

from policies.facts.routines import EventTrigger, Function, Language
from policies.sources.rendered_sql import acl
from policies.sources.rendered_sql.privileges import functions_named
from policies.sources.rendered_sql.state import Database
from policies.sources.rendered_sql.text import (
    has_option,
    option,
    option_text,
    setting_value,
    sql_of,
    strings,
    type_name,
)

_INPUTS = (Mode.FUNC_PARAM_IN, Mode.FUNC_PARAM_INOUT, Mode.FUNC_PARAM_VARIADIC, Mode.FUNC_PARAM_DEFAULT)


def create_function(database: Database, statement: ast.CreateFunctionStmt) -> None:
    """CREATE FUNCTION and PROCEDURE; OR REPLACE keeps owner and grants."""
    made: Any = statement
    parts = strings(made.funcname)
    schema = parts[-2] if len(parts) > 1 else database.creation_schema()
    inputs = (parameter for parameter in made.parameters or () if parameter.mode in _INPUTS)
    signature = ", ".join(type_name(parameter.argType) for parameter in inputs)
    known = database.functions.get((schema, parts[-1], signature))
    body: Any = option(made.options, "as")
    function = Function(
        schema=schema,
        name=parts[-1],
        signature=signature,
        owner=known.owner if known else database.role,
        language=option_text(option(made.options, "language")) if has_option(made.options, "language") else "sql",
        returns=_returns(made),
        kind="procedure" if made.is_procedure else "function",
        acl=known.acl if known else database.initial_acl("function", schema),
        source=strings(body)[0] if body else sql_of(made.sql_body) if made.sql_body else "",
        definition=sql_of(made),
    )
    database.put_function(_with_options(function, made.options))


def _returns(made: Any) -> str:
    if made.returnType is None:
        return ""
    return f"{'SETOF ' if made.returnType.setof else ''}{type_name(made.returnType)}"


def _with_options(function: Function, options: Any) -> Function:
    changes: dict[str, Any] = {}
    if has_option(options, "security"):
        changes["is_security_definer"] = option_text(option(options, "security")) == "true"
    if has_option(options, "leakproof"):
        changes["is_leakproof"] = option_text(option(options, "leakproof")) == "true"
    if has_option(options, "volatility"):
        changes["volatility"] = option_text(option(options, "volatility"))
    settings = dict(function.settings)
    for node in options or ():
        if node.defname == "set":
            settings.pop(str(node.arg.name), None)
            if node.arg.args:
                settings[str(node.arg.name)] = _quoted(setting_value(node.arg))
    return replace(function, settings=tuple(settings.items()), **changes)


def _quoted(value: str) -> str:
    # pg_proc keeps an empty path as two quotes.
    return value or '""'


def alter_function(database: Database, statement: ast.AlterFunctionStmt) -> None:
    """ALTER FUNCTION with options."""
    for function in functions_named(database, statement.func):
        database.put_function(_with_options(function, statement.actions))


def create_event_trigger(database: Database, statement: ast.CreateEventTrigStmt) -> None:
    """CREATE EVENT TRIGGER."""
    parts = strings(statement.funcname)
    schema = parts[-2] if len(parts) > 1 else database.creation_schema()
    tags = tuple(tag for node in statement.whenclause or () for tag in strings(node.arg))
    name = str(statement.trigname)
    database.event_triggers[name] = EventTrigger(
        name, str(statement.eventname), (schema, parts[-1]), database.role, tags
    )


def alter_event_trigger(database: Database, statement: ast.AlterEventTrigStmt) -> None:
    """ALTER EVENT TRIGGER ... ENABLE or DISABLE."""
    name = str(statement.trigname)
    if name in database.event_triggers:
        state = statement.tgenabled
        enabled = state if isinstance(state, str) else chr(int(state or 0))
        database.event_triggers[name] = replace(database.event_triggers[name], enabled=enabled)


def create_enum(database: Database, statement: ast.CreateEnumStmt) -> None:
    """CREATE TYPE ... AS ENUM."""
    database.enums[strings(statement.typeName)[-1]] = strings(statement.vals)


def create_language(database: Database, statement: ast.CreatePLangStmt) -> None:
    """CREATE LANGUAGE."""
    name = str(statement.plname)
    database.languages[name] = Language(name, bool(statement.pltrusted), acl.initial("language", database.role))
