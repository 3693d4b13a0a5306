"""Which shapes of SELECT the prover models; any other is Unmodelled, by its name."""

from typing import Any

from pglast.visitors import Visitor

from policies.facts.catalog import Catalog
from policies.proof.gaps import Unmodelled
from policies.proof.translation import SCALAR_FUNCTIONS


def require_plain(select: Any, catalog: Catalog, may_aggregate: bool = False) -> None:
    """Raises Unmodelled for what changes which rows there are; an aggregate still depends on every row it reads."""
    for part, shown in _NOT_MODELLED.items():
        if getattr(select, part) and not (may_aggregate and part == "groupClause"):
            raise Unmodelled(f"{shown} in a sub-select")
    for target in select.targetList or () if not may_aggregate else ():
        _require_scalar(target, catalog)
    if select.op.name != "SETOP_NONE":
        raise Unmodelled(f"{select.op.name.removeprefix('SETOP_')} in a sub-select")


class _Calls(Visitor):
    def __init__(self) -> None:
        self.names: set[tuple[str, ...]] = set()

    def visit_FuncCall(self, ancestors: Any, node: Any) -> None:  # noqa: N802 pglast's protocol
        self.names.add(tuple(part.sval for part in node.funcname))


def _require_scalar(target: Any, catalog: Catalog) -> None:
    """Raises Unmodelled where the output might be an aggregate or a set, which changes the number of rows."""
    calls = _Calls()
    calls(target)
    for name in sorted(calls.names):
        if not (_is_scalar_of_users(name, catalog) if name[:-1] not in _OWN else name[-1] in SCALAR_FUNCTIONS):
            raise Unmodelled(f"function {name[-1]}() in the output of a sub-select")


_OWN: tuple[tuple[str, ...], ...] = ((), ("pg_catalog",))


def _is_scalar_of_users(name: tuple[str, ...], catalog: Catalog) -> bool:
    """Whether every function of that name gives one value for each call."""
    named = [function for function in catalog.functions if (function.schema, function.name) == name[-2:]]
    return bool(named) and all(
        function.kind == "function" and not function.returns.startswith(("SETOF", "TABLE")) for function in named
    )


_NOT_MODELLED = {
    "withClause": "WITH",
    "havingClause": "HAVING",
    "windowClause": "WINDOW",
    "limitOffset": "OFFSET",
    "valuesLists": "VALUES",
    "lockingClause": "a row lock",
    "groupClause": "GROUP BY",
}


def only_target(select: Any) -> Any:
    """The one output. Raises Unmodelled where there are more."""
    if select.targetList is None or len(select.targetList) != 1:
        raise Unmodelled("a sub-select with several columns")
    return select.targetList[0]


def require_limit(select: Any, least: int) -> None:
    """Raises Unmodelled where a LIMIT is not a constant of at least so many rows."""
    if select.limitCount is not None and _constant(select.limitCount) < least:
        raise Unmodelled("LIMIT in a sub-select")


def _constant(node: Any) -> int:
    value: Any = getattr(node, "val", None)
    return int(value.ival or 0) if type(value).__name__ == "Integer" else -1
