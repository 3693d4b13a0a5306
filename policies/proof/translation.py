"""From parsed SQL to values: one translator for each kind of node, registered by the modules that hold them."""

from collections.abc import Callable
from functools import cache
from typing import Any

from pglast import parse_sql
from pglast.parser import ParseError

from policies.proof.gaps import Unmodelled
from policies.proof.logic import Value
from policies.proof.scope import Scope

Translator = Callable[[Any, Scope], Value]
_TRANSLATORS: dict[str, Translator] = {}
SCALAR_FUNCTIONS: set[str] = set()
"""The functions that give one value for each row; filled by the module that models them."""


def translates(kind: str) -> Callable[[Translator], Translator]:
    """Registers the translator of a kind of node, by its pglast class name."""

    def register(translator: Translator) -> Translator:
        _TRANSLATORS[kind] = translator
        return translator

    return register


def translate(node: Any, scope: Scope) -> Value:
    """The node's value. Raises Unmodelled naming what has no exact model, Refused where PostgreSQL refuses."""
    kind = type(node).__name__
    if kind not in _TRANSLATORS:
        raise Unmodelled(kind)
    return _TRANSLATORS[kind](node, scope)


@cache
def parse_expression(text: str) -> Any:
    """The tree of an expression's text. Raises Unmodelled where it does not parse."""
    return parse_select(f"SELECT {text}").targetList[0].val


@cache
def parse_select(text: str) -> Any:
    """The tree of a single SELECT. Raises Unmodelled where it is none."""
    try:
        statements = parse_sql(text)
    except ParseError as error:
        raise Unmodelled(f"unreadable SQL: {error}") from error
    if len(statements) != 1 or type(statements[0].stmt).__name__ != "SelectStmt":
        raise Unmodelled("a query that is not one SELECT")
    return statements[0].stmt
