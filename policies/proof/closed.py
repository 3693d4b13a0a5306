"""Which expressions need nothing but their row and the session's settings, so that equal texts mean the same."""

from functools import cache
from typing import Any

from pglast.visitors import Visitor

from policies.facts.catalog import Relation
from policies.proof.gaps import Unmodelled
from policies.proof.translation import SCALAR_FUNCTIONS, parse_expression


class _Needs(Visitor):
    """Whether an expression needs more than its row and the session."""

    def __init__(self, verifier: tuple[str, str] | None) -> None:
        self.more = False
        self.verifier = verifier

    def visit_RangeVar(self, ancestors: Any, node: Any) -> None:  # noqa: N802 pglast's protocol
        self.more = True

    def visit_SQLValueFunction(self, ancestors: Any, node: Any) -> None:  # noqa: N802
        self.more = True

    def visit_FuncCall(self, ancestors: Any, node: Any) -> None:  # noqa: N802
        *schema, name = [part.sval for part in node.funcname]
        own = name in SCALAR_FUNCTIONS and (not schema or schema == ["pg_catalog"])
        own = own or (*schema, name) == self.verifier
        self.more = self.more or not own or name in ("current_user", "session_user", "pg_has_role")

    def visit_ColumnRef(self, ancestors: Any, node: Any) -> None:  # noqa: N802
        self.more = self.more or len(node.fields) > 1


@cache
def is_closed(text: str, verifier: tuple[str, str] | None = None) -> bool:
    """Whether the expression reads no table, calls no user's function and does not ask who runs it.

    `verifier` is the function of the signed tenant context where it is trusted.
    """
    needs = _Needs(verifier)
    needs(parse_expression(text))
    return not needs.more


def has_closed_policies(relation: Relation | None) -> bool:
    """Whether every policy of the relation is closed."""
    policies = relation.policies if relation else ()
    texts = [text for policy in policies for text in (policy.using, policy.check) if text is not None]
    try:
        return all(map(is_closed, texts))
    except Unmodelled:
        return False
