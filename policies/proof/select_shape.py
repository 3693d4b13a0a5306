"""Which shapes of SELECT the prover models; any other is Unmodelled, by its name."""

from typing import Any

from pglast.visitors import Visitor

from policies.proof.gaps import Unmodelled
from policies.proof.translation import SCALAR_FUNCTIONS


def require_plain(select: Any, may_aggregate: bool = False) -> None:
    """Raises Unmodelled for what changes which rows there are; an aggregate still depends on every row it reads."""
    for part, shown in _NOT_MODELLED.items():
        if getattr(select, part) and not (may_aggregate and part == "groupClause"):
            raise Unmodelled(f"{shown} in a sub-select")
    for target in select.targetList or () if not may_aggregate else ():
        _require_scalar(target)
    if select.op.name != "SETOP_NONE":
        raise Unmodelled(f"{select.op.name.removeprefix('SETOP_')} in a sub-select")


class _Calls(Visitor):
    def __init__(self) -> None:
        self.names: set[str] = set()

    def visit_FuncCall(self, ancestors: Any, node: Any) -> None:  # noqa: N802 pglast's protocol
        self.names.add(node.funcname[-1].sval)


def _require_scalar(target: Any) -> None:
    """Raises Unmodelled where the output might be an aggregate or a set, which changes the number of rows."""
    calls = _Calls()
    calls(target)
    for name in calls.names - SCALAR_FUNCTIONS:
        raise Unmodelled(f"function {name}() in the output of a sub-select")


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
