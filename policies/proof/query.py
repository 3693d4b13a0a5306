"""SELECT inside an expression: EXISTS, IN, ANY, ALL and scalar sub-selects, over tables with their own policies."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import z3

from policies.facts.catalog import Relation
from policies.proof.casts import cast
from policies.proof.gaps import Refused, Unmodelled
from policies.proof.logic import (
    NO,
    YES,
    Formula,
    Value,
    all_of,
    any_of,
    complement,
    conjunction,
    is_true,
    negation,
    truth,
)
from policies.proof.operators import operate
from policies.proof.privileges import may
from policies.proof.row_security import passes
from policies.proof.rows import Row, World
from policies.proof.scope import Scope
from policies.proof.select_shape import only_target, require_limit, require_plain
from policies.proof.sqltypes import BOOLEAN, UNTYPED, SqlType
from policies.proof.translation import parse_select, translate, translates

Body = Callable[[Scope, Any], Formula]
"""Asked of every combination of rows that FROM and WHERE let through, with the SELECT they come from."""


@dataclass
class Pick:
    """Asks whether a row of some table shows in a query, by letting it stand for the table's `number`th mention."""

    family: frozenset[tuple[str, str]]
    number: int
    mentions: int = 0
    row: Row | None = None

    def row_for(self, relation: Relation, scope: Scope) -> Row | None:
        """The row in question where this mention is the one, else None."""
        if relation.address not in self.family:
            return None
        self.mentions += 1
        if self.mentions - 1 != self.number:
            return None
        self.row = scope.question.world.add(relation, "row")
        return self.row


@dataclass(frozen=True)
class Output:
    """What a view or a sub-select in FROM shows: its columns by name, in the scope of its own FROM."""

    names: tuple[str, ...]
    select: Any
    scope: Scope

    def column(self, name: str) -> Value | None:
        """The value of an output column."""
        if name not in self.names:
            return None
        return translate(self.select.targetList[self.names.index(name)].val, self.scope)


def some(select: Any, scope: Scope, body: Body, pick: Pick | None = None) -> Formula:
    """Some combination of rows meets FROM, WHERE and the body; with a pick, one that holds the row in question."""
    if select.op.name == "SETOP_UNION":
        return _some_of_union(select, scope, body, pick)
    require_plain(select, scope.catalog, pick is not None)

    def with_where(inner: Scope) -> Formula:
        where = is_true(translate_condition(select.whereClause, inner)) if select.whereClause else YES
        return all_of(where, body(inner, select))

    return _from(list(select.fromClause or ()), scope, with_where, pick)


def _some_of_union(select: Any, scope: Scope, body: Body, pick: Pick | None) -> Formula:
    """Either side shows a row; a row in question shows on the side that mentions it."""
    settled = pick is None or pick.row is not None
    left = some(select.larg, scope, body, pick)
    if not settled and pick is not None and pick.row is not None:
        return left
    right = some(select.rarg, scope, body, pick)
    if not settled and pick is not None and pick.row is not None:
        return right
    return any_of(left, right)


def translate_condition(node: Any, scope: Scope) -> Value:
    """The node as a Boolean."""
    value = translate(node, scope)
    return cast(value, BOOLEAN) if value.type is UNTYPED else value


def _from(items: list[Any], scope: Scope, then: Callable[[Scope], Formula], pick: Pick | None) -> Formula:
    if not items:
        return then(scope)
    first, *others = items
    return _item(first, scope, lambda inner: _from(others, inner, then, pick), pick)


def _item(node: Any, scope: Scope, then: Callable[[Scope], Formula], pick: Pick | None) -> Formula:
    match type(node).__name__:
        case "RangeVar":
            return _table(node, scope, then, pick)
        case "JoinExpr":
            return _join(node, scope, then, pick)
        case "RangeSubselect":
            return _derived(node.subquery, node.alias, scope, then, pick)
    raise Unmodelled(f"{type(node).__name__} in FROM")


def _join(node: Any, scope: Scope, then: Callable[[Scope], Formula], pick: Pick | None) -> Formula:
    if node.jointype.name != "JOIN_INNER" or node.usingClause or node.isNatural or node.alias:
        raise Unmodelled("a join that is not INNER JOIN ... ON")

    def on(inner: Scope) -> Formula:
        matched = is_true(translate_condition(node.quals, inner)) if node.quals else YES
        return all_of(matched, then(inner))

    return _from([node.larg, node.rarg], scope, on, pick)


def _derived(select: Any, alias: Any, scope: Scope, then: Callable[[Scope], Formula], pick: Pick | None) -> Formula:
    if select.limitCount is not None:
        raise Unmodelled("LIMIT in a sub-select")
    if alias is None or alias.colnames:
        raise Unmodelled("a sub-select in FROM with renamed columns")

    def joined(inner: Scope, part: Any) -> Formula:
        return then(scope.with_source(alias.aliasname, Output(_output_names(part), part, inner)))

    return some(select, scope.inner(), joined, pick)


def _output_names(select: Any) -> tuple[str, ...]:
    return tuple(target.name or _implied_name(target.val) for target in select.targetList or ())


def _implied_name(node: Any) -> str:
    return str(node.fields[-1].sval) if type(node).__name__ == "ColumnRef" and hasattr(node.fields[-1], "sval") else ""


def _table(node: Any, scope: Scope, then: Callable[[Scope], Formula], pick: Pick | None) -> Formula:
    relation = relation_of(node, scope)
    alias = node.alias.aliasname if node.alias else relation.name
    if node.alias and node.alias.colnames:
        raise Unmodelled("a table in FROM with renamed columns")
    if not may(scope.catalog, scope.actor.user, relation, "SELECT"):
        raise Refused(f"{scope.actor.user} may not read {relation.qualified_name}")
    if relation.is_view:
        return _view(relation, alias, scope, then, pick)
    if relation.kind not in ("table", "partitioned table"):
        raise Unmodelled(f"{relation.kind} {relation.qualified_name}")

    def read(row: Row) -> Formula:
        visible = passes(relation, "select", "using", row, scope)
        return all_of(visible, then(scope.with_source(alias, row)))

    if pick is None:
        return scope.question.world.exists(relation, read)
    picked = pick.row_for(relation, scope)
    return read(picked) if picked is not None else scope.question.world.beside(relation, read)


def relation_of(node: Any, scope: Scope) -> Relation:
    """The relation a RangeVar names. Raises Unmodelled where that is not certain."""
    if node.schemaname:
        found = scope.catalog.relation(node.schemaname, node.relname)
    else:
        named = [relation for relation in scope.catalog.relations if relation.name == node.relname]
        found = named[0] if len(named) == 1 else None
    if found is None:
        raise Unmodelled(f"relation {node.schemaname or '?'}.{node.relname}")
    return found


def _view(view: Relation, alias: str, scope: Scope, then: Callable[[Scope], Formula], pick: Pick | None) -> Formula:
    select = view_query(view)
    if select.limitCount is not None:
        raise Unmodelled("LIMIT in a view")
    names = tuple(column.name for column in view.columns)

    def shown(inner: Scope, part: Any) -> Formula:
        return then(scope.with_source(alias, Output(names, part, inner)))

    return some(select, view_scope(view, scope), shown, pick)


def view_query(view: Relation) -> Any:
    """The view's SELECT. Raises Unmodelled where the catalog has none."""
    if not view.definition:
        raise Unmodelled(f"view {view.qualified_name} without its definition")
    return parse_select(view.definition.strip().rstrip(";"))


def view_scope(view: Relation, scope: Scope) -> Scope:
    """The scope of the view's query: its owner's rights, or those of current_user where it is a security invoker.

    A security invoker inside a view with its owner's rights goes back to current_user (rewriteHandler.c,
    ApplyRetrieveRule sets no checkAsUser).
    """
    return scope.fresh(scope.actor.acting_as(scope.actor.current if view.is_security_invoker else view.owner))


def scalar(select: Any, scope: Scope, first_row: bool = False) -> Value:
    """`(SELECT value ...)`: null without a row, an error with several unless only the first one counts."""
    require_limit(select, 1)
    if not select.fromClause and not select.whereClause and select.op.name == "SETOP_NONE":
        require_plain(select, scope.catalog)
        return translate(only_target(select).val, scope)
    kind = _output_type(select, scope)
    result = Value(kind, z3.FreshConst(kind.sort, "scalar"), z3.FreshConst(z3.BoolSort(), "null"))

    def target(inner: Scope, part: Any) -> Value:
        return translate(only_target(part).val, inner)

    some_row = some(select, scope, lambda inner, part: YES)
    found = some(select, scope, lambda inner, part: _is(result, target(inner, part)))
    scope.question.world.known.append(z3.If(some_row, found, result.null))
    if first_row or select.limitCount:
        return result
    several = some(select, scope, lambda inner, part: negation(_is(result, target(inner, part))))
    return replace(result, raises=several)


def _output_type(select: Any, scope: Scope) -> SqlType:
    """The type of the only output column, asked in a world of its own."""
    kinds: list[SqlType] = []

    def note(inner: Scope, part: Any) -> Formula:
        kinds.append(translate(only_target(part).val, inner).type)
        return NO

    some(select, replace(scope, question=replace(scope.question, world=World())), note)
    return kinds[0]


def _is(result: Value, value: Value) -> Formula:
    same = z3.And(result.null == value.null, z3.Or(value.null, result.term == value.term))
    return all_of(negation(value.raises), same)


@translates("SubLink")
def _sub_select(node: Any, scope: Scope) -> Value:
    inside = scope.inner()
    match node.subLinkType.name:
        case "EXISTS_SUBLINK":
            require_limit(node.subselect, 1)
            return truth(some(node.subselect, inside, lambda inner, part: YES))
        case "EXPR_SUBLINK":
            return scalar(node.subselect, inside)
        case "ANY_SUBLINK":
            return any_row(node, operate, scope)
        case "ALL_SUBLINK":
            return complement(any_row(node, lambda *sides: complement(operate(*sides)), scope))
    raise Unmodelled(node.subLinkType.name)


def any_row(node: Any, compare: Callable[[str, Value, Value], Value], scope: Scope) -> Value:
    """`test operator ANY (SELECT ...)`: true with a match, null where a comparison is null and none matches."""
    if node.subselect.limitCount is not None:
        raise Unmodelled("LIMIT in a sub-select")
    symbol = node.operName[-1].sval if node.operName else "="

    def compared(inner: Scope, part: Any) -> Value:
        pairs = zip(_tests(node.testexpr), part.targetList, strict=True)
        return conjunction(
            compare(symbol, translate(test, scope), translate(target.val, inner)) for test, target in pairs
        )

    inside = scope.inner()
    match = some(node.subselect, inside, lambda inner, part: is_true(compared(inner, part)))
    null = some(node.subselect, inside, lambda inner, part: compared(inner, part).null)
    return Value(BOOLEAN, match, null=all_of(negation(match), null))


def _tests(node: Any) -> tuple[Any, ...]:
    return tuple(node.args) if type(node).__name__ == "RowExpr" else (node,)
