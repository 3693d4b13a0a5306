"""Functions that somebody made: those in SQL whose body is one expression are read, the others are not modelled."""

from dataclasses import replace
from functools import cache
from typing import Any

from pglast import parse_sql
from pglast.parser import ParseError

from policies.facts.catalog import Function
from policies.proof.casts import cast
from policies.proof.gaps import Unmodelled
from policies.proof.logic import NO, Value, any_of
from policies.proof.query import scalar
from policies.proof.scope import Actor, Scope
from policies.proof.settled import require_unkept, require_unshadowed
from policies.proof.sqltypes import type_named
from policies.proof.translation import parse_select, translate

_FIXED = frozenset({"search_path"})


def routines_named(name: str, scope: Scope) -> list[Function]:
    """The user's functions of that name in any schema."""
    return [function for function in scope.catalog.functions if function.name == name]


def call_routine(schema: str | None, name: str, arguments: list[Value], scope: Scope) -> Value:
    """The value of a call. Raises Unmodelled where the function's body cannot be read."""
    named = [function for function in routines_named(name, scope) if schema in (None, function.schema)]
    if len(named) != 1:
        raise Unmodelled(f"function {schema + '.' if schema else ''}{name}()")
    (function,) = named
    if scope.question.session.verifies_with(function.schema, function.name):
        return scope.question.session.verified_tenant()
    parameters = _parameters(function)
    if len(parameters) != len(arguments):
        raise Unmodelled(f"function {function.qualified_name} called with {len(arguments)} arguments")
    _require_readable(function)
    _require_settled(function, scope)
    types = [type_named(kind) for kind in _argument_types(function)]
    typed = [cast(value, kind) for value, kind in zip(arguments, types, strict=True)]
    named_values = {key: value for pair, value in zip(parameters, typed, strict=True) for key in pair}
    body = _body(function, _inside(function, scope, named_values))
    result = cast(body, type_named(function.returns))
    return _null_on_null(result, typed) if _tree(function).is_strict else result


def _require_readable(function: Function) -> None:
    if function.language != "sql" or function.kind != "function":
        raise Unmodelled(f"function {function.qualified_name} in {function.language}")
    if function.returns.startswith(("SETOF", "TABLE")):
        raise Unmodelled(f"function {function.qualified_name} returns a set")
    other = [name for name, _ in function.settings if name not in _FIXED]
    if other:
        raise Unmodelled(f"function {function.qualified_name} sets {other[0]}")
    if function.search_path is None and not _tree(function).is_atomic:
        raise Unmodelled(f"function {function.qualified_name} without a fixed search_path")


def _require_settled(function: Function, scope: Scope) -> None:
    require_unkept(function, _statements(function))
    if not _tree(function).is_atomic:
        require_unshadowed(function, scope.actor.login, scope.catalog)


def _inside(function: Function, scope: Scope, parameters: dict[str, Value]) -> Scope:
    actor = scope.actor
    if function.is_security_definer:
        actor = Actor(function.owner, function.owner, actor.login)
    return replace(scope.fresh(actor), parameters=parameters, in_function=True)


def _null_on_null(result: Value, arguments: list[Value]) -> Value:
    null = any_of(result.null, *(argument.null for argument in arguments))
    raises = any_of(result.raises, *(argument.raises for argument in arguments))
    return Value(result.type, result.term, null, raises if not null.eq(NO) else result.raises)


class _Definition:
    """What a CREATE FUNCTION statement says."""

    def __init__(self, statement: Any) -> None:
        options = {option.defname: option.arg for option in statement.options or ()}
        self.is_strict = bool(options.get("strict") and options["strict"].boolval)
        self.is_atomic = statement.sql_body is not None
        self.sql_body = statement.sql_body
        self.parameters = [part for part in statement.parameters or () if part.mode.name in _INPUTS]


_INPUTS = ("FUNC_PARAM_IN", "FUNC_PARAM_DEFAULT", "FUNC_PARAM_INOUT")


def _tree(function: Function) -> _Definition:
    return _parsed(function.definition, function.qualified_name)


@cache
def _parsed(definition: str, name: str) -> _Definition:
    try:
        return _Definition(parse_sql(definition)[0].stmt)
    except (ParseError, IndexError) as error:
        raise Unmodelled(f"the definition of function {name}") from error


def _parameters(function: Function) -> list[tuple[str, ...]]:
    named = [part.name for part in _tree(function).parameters]
    return [(f"${number}", name) if name else (f"${number}",) for number, name in enumerate(named, 1)]


def _argument_types(function: Function) -> list[str]:
    return [kind.strip() for kind in function.signature.split(",")] if function.signature else []


def _statements(function: Function) -> Any:
    body = _tree(function).sql_body
    return parse_select(function.source.strip().rstrip(";")) if body is None else body


def _body(function: Function, inside: Scope) -> Value:
    body = _statements(function)
    if type(body).__name__ == "ReturnStmt":
        return translate(body.returnval, inside)
    select = _only_select(body)
    if select is None or select.targetList is None or len(select.targetList) != 1:
        raise Unmodelled(f"the body of function {function.qualified_name}")
    return scalar(select, inside, first_row=True)


def _only_select(body: Any) -> Any:
    statements = body
    while isinstance(statements, tuple) and len(statements) == 1:
        (statements,) = statements
    return statements if type(statements).__name__ == "SelectStmt" else None
