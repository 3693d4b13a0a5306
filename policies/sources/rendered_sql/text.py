"""Parts of parse trees as text, spelled as the catalog spells them."""

from collections.abc import Iterable
from typing import Any

from pglast import ast
from pglast.stream import RawStream

Node = Any

_TYPES = {
    "int": "integer",
    "int2": "smallint",
    "int4": "integer",
    "int8": "bigint",
    "bool": "boolean",
    "float4": "real",
    "float8": "double precision",
    "varchar": "character varying",
    "bpchar": "character",
    "timestamptz": "timestamp with time zone",
    "timestamp": "timestamp without time zone",
    "timetz": "time with time zone",
    "time": "time without time zone",
    "serial": "integer",
    "bigserial": "bigint",
}
SERIALS = ("serial", "bigserial", "smallserial")


def sql_of(node: Node) -> str:
    """The node as SQL."""
    return str(RawStream()(node))


def strings(nodes: Iterable[Node] | None) -> tuple[str, ...]:
    """The texts of String nodes."""
    return tuple(str(node.sval) for node in nodes or ())


def type_name(node: ast.TypeName) -> str:
    """A type as `format_type` prints it."""
    name = strings(node.names)[-1]
    modifiers = ",".join(sql_of(modifier) for modifier in node.typmods or () if _is_visible(name))
    base = _TYPES.get(name, name)
    if name == "interval":
        modifiers = ""
    return f"{base}{f'({modifiers})' if modifiers else ''}{'[]' * len(node.arrayBounds or ())}"


def _is_visible(name: str) -> bool:
    return name in ("varchar", "bpchar", "numeric", "bit", "varbit", "timestamptz", "timestamp")


def option(nodes: Iterable[Node] | None, name: str) -> Node | None:
    """The argument of the DefElem of that name."""
    return next((node.arg for node in nodes or () if node.defname == name), None)


def has_option(nodes: Iterable[Node] | None, name: str) -> bool:
    """Whether there is a DefElem of that name."""
    return any(node.defname == name for node in nodes or ())


def option_text(node: Node) -> str:
    """A DefElem's argument as a plain word; none means true."""
    if node is None:
        return "true"
    for attribute in ("sval", "ival", "fval"):
        if hasattr(node, attribute):
            return str(getattr(node, attribute))
    if isinstance(node, ast.Boolean):
        return "true" if node.boolval else "false"
    return strings(node.names)[-1] if isinstance(node, ast.TypeName) else sql_of(node)


def is_true(node: Node) -> bool:
    """Whether a DefElem's argument switches something on."""
    return option_text(node).lower() in ("true", "on", "1", "yes")


def role_name(spec: Node, current: str) -> str:
    """Whom a RoleSpec means."""
    kinds = {1: current, 2: current, 3: current, 4: "public"}
    return kinds.get(int(spec.roletype), str(spec.rolename))


def setting_value(statement: ast.VariableSetStmt) -> str:
    """The value of a SET clause, lists joined with commas."""
    return ", ".join(_constant(argument) for argument in statement.args or ())


def _constant(node: Node) -> str:
    while isinstance(node, ast.TypeCast):
        node = node.arg
    if isinstance(node, ast.A_Const):
        return "" if node.isnull else option_text(node.val)
    return sql_of(node)
