"""The filter that PostgreSQL applies to a table for somebody: policies, and who is not subject to them."""

from dataclasses import replace
from functools import cache
from typing import Any, Literal

from pglast.visitors import Visitor

from policies.facts.catalog import Policy, PolicyCommand, Relation
from policies.proof.casts import cast
from policies.proof.gaps import Refused, Unmodelled
from policies.proof.logic import YES, Formula, Value, all_of, any_of, complement, conjunction, disjunction, is_true
from policies.proof.rows import Row
from policies.proof.scope import Scope
from policies.proof.sqltypes import BOOLEAN, UNTYPED
from policies.proof.translation import parse_expression, translate

Part = Literal["using", "check"]


def is_filtered(relation: Relation, scope: Scope) -> bool:
    """Whether policies apply to the acting user (rls.c, check_enable_rls)."""
    user = scope.actor.user
    role = scope.catalog.role(user)
    if role is not None and (role.is_superuser or role.bypasses_row_security):
        return False
    if not relation.row_security:
        return False
    return relation.force_row_security or relation.owner not in scope.catalog.inherited_roles(user)


def passes(relation: Relation, command: PolicyCommand, part: Part, row: Row, scope: Scope) -> Formula:
    """The row passes the policies for the command. Raises Refused where PostgreSQL would refuse the query."""
    if not is_filtered(relation, scope):
        return YES
    texts = applied_policies(relation, command, part, scope)
    _require_no_recursion(relation, texts, scope)
    inside = scope.fresh(scope.actor).with_source(relation.name, row)
    if any(has_sub_select(text) for _, text in texts):
        inside = replace(inside, expanding=inside.expanding | {relation.address})
    permissive = any_of(*(_holds(text, inside) for allows, text in texts if allows))
    return all_of(permissive, *(_holds(text, inside) for allows, text in texts if not allows))


def applied_policies(relation: Relation, command: PolicyCommand, part: Part, scope: Scope) -> list[tuple[bool, str]]:
    """(permissive, expression) of every policy that counts.

    An absent WITH CHECK is the USING; a policy without either neither allows nor forbids (rowsecurity.c).
    """
    roles = scope.catalog.inherited_roles(scope.actor.user)
    applied = [policy for policy in relation.policies if policy.applies_to(command, roles)]
    texts = [(policy.is_permissive, _expression(policy, part)) for policy in applied]
    return [(allows, text) for allows, text in texts if text is not None]


def _expression(policy: Policy, part: Part) -> str | None:
    return policy.check if part == "check" and policy.check is not None else policy.using


def _require_no_recursion(relation: Relation, texts: list[tuple[bool, str]], scope: Scope) -> None:
    if relation.address in scope.expanding and any(has_sub_select(text) for _, text in texts):
        if scope.in_function:
            raise Unmodelled(f"a function that reads {relation.qualified_name} inside its own policy")
        raise Refused(f"infinite recursion in the policies of {relation.qualified_name}")


def _holds(text: str, scope: Scope) -> Formula:
    return is_true(_lenient(parse_expression(text), scope))


def _lenient(node: Any, scope: Scope) -> Value:
    """The node's value; a part under AND, OR and NOT that has no model becomes an unknown Boolean and is noted."""
    if type(node).__name__ == "BoolExpr":
        operands = [_lenient(argument, scope) for argument in node.args]
        join = {"AND_EXPR": conjunction, "OR_EXPR": disjunction}.get(node.boolop.name)
        return join(operands) if join else complement(operands[0])
    try:
        value = translate(node, scope)
        return cast(value, BOOLEAN) if value.type is UNTYPED else _boolean(value)
    except Unmodelled as gap:
        return scope.question.unknown(gap.construct)


def _boolean(value: Value) -> Value:
    if value.type != BOOLEAN:
        raise Unmodelled(f"{value.type.name} as a condition")
    return value


class _SubSelects(Visitor):
    def __init__(self) -> None:
        self.found = False

    def visit_SubLink(self, ancestors: Any, node: Any) -> None:  # noqa: N802 pglast's protocol
        self.found = True


@cache
def has_sub_select(text: str) -> bool:
    """Whether the expression holds a sub-select of any kind."""
    visitor = _SubSelects()
    visitor(parse_expression(text))
    return visitor.found
