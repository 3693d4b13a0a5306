"""Whether a function means to every session what its text says: nobody shadows its names or keeps its answers."""

from typing import Any

from pglast.visitors import Visitor

from policies.facts.catalog import Catalog, Function
from policies.proof.gaps import Unmodelled
from policies.proof.privileges import may_create_in, may_make_temporary

_CHANGING = frozenset(
    {"current_setting", "now", "transaction_timestamp", "pg_has_role", "current_user", "session_user"}
)


def require_unshadowed(function: Function, login: str, catalog: Catalog) -> None:
    """Raises Unmodelled where the session may make what the body's names, looked up when it runs, find first."""
    path = [name.strip().strip('"') for name in (function.search_path or "").split(",")]
    named = [name for name in path if name]
    if "pg_catalog" in named[1:]:
        raise Unmodelled(f"function {function.qualified_name}, whose search_path has pg_catalog behind others")
    for user in catalog.settable_roles(login):
        made = next((name for name in named if may_create_in(catalog, user, name)), None)
        if made is None and "pg_temp" not in named[-1:] and may_make_temporary(catalog, user):
            made = "pg_temp"
        if made is not None:
            raise Unmodelled(
                f"function {function.qualified_name}, whose search_path has {made}, where {user} may create"
            )


def require_unkept(function: Function, body: Any) -> None:
    """Raises Unmodelled where the planner may keep an answer that the session's state changes."""
    if function.volatility == "immutable":
        visitor = _Changing()
        visitor(body)
        if visitor.found:
            raise Unmodelled(
                f"function {function.qualified_name}, declared immutable, which depends on {visitor.found}"
            )


class _Changing(Visitor):
    """What in an expression is not the same for ever."""

    def __init__(self) -> None:
        self.found = ""

    def visit_FuncCall(self, ancestors: Any, node: Any) -> None:  # noqa: N802 pglast's protocol
        *schema, name = [part.sval for part in node.funcname]
        if name in _CHANGING or schema not in ([], ["pg_catalog"]):
            self.found = f"{name}()"

    def visit_SQLValueFunction(self, ancestors: Any, node: Any) -> None:  # noqa: N802
        self.found = node.op.name.removeprefix("SVFOP_").lower()

    def visit_RangeVar(self, ancestors: Any, node: Any) -> None:  # noqa: N802
        self.found = f"table {node.relname}"
