"""The formula of a leak: a session of tenant A touches a row that is not A's."""

from dataclasses import dataclass

import z3

from policies.facts.catalog import Relation
from policies.proof.casts import cast
from policies.proof.gaps import Unmodelled
from policies.proof.logic import NO, YES, Formula, all_of, any_of, negation
from policies.proof.obligation import Command
from policies.proof.privileges import columns_allowed
from policies.proof.row_security import passes
from policies.proof.rows import Row
from policies.proof.scope import Scope
from policies.proof.translation import parse_expression, translate


@dataclass
class Touch:
    """One way of touching rows of a relation: `reached` holds of the rows that it can be done to."""

    command: Command
    relation: Relation
    reached: Formula = NO
    target: Row | None = None
    written: Row | None = None


def owned(row: Row, key: str | None, scope: Scope) -> Formula:
    """The row belongs to the session's tenant."""
    value = row.column(key) if key else None
    if value is None:
        return NO
    tenant = scope.question.session.tenant(value.type)
    return all_of(tenant.known, negation(value.null), value.term == tenant.key)


def touch(command: Command, relation: Relation, scope: Scope, reads: bool) -> Touch:
    """How the acting user's command reaches the relation's rows; with `reads` it also names columns in WHERE."""
    match command:
        case "SELECT":
            return _select(relation, scope)
        case "INSERT":
            return _insert(relation, scope)
        case "UPDATE":
            return _update(relation, scope, reads)
        case "DELETE":
            return _delete(relation, scope, reads)
    raise ValueError(command)


def foreign(touched: Touch, key: str | None, scope: Scope) -> Formula:
    """The touch is a leak: some row in it is not the session's."""
    rows = [row for row in (touched.target, touched.written) if row is not None]
    return all_of(touched.reached, any_of(*(negation(owned(row, key, scope)) for row in rows)))


def _select(relation: Relation, scope: Scope) -> Touch:
    row = scope.question.world.add(relation, "row")
    return Touch("SELECT", relation, passes(relation, "select", "using", row, scope), row)


def _delete(relation: Relation, scope: Scope, reads: bool) -> Touch:
    row = scope.question.world.add(relation, "row")
    reached = passes(relation, "delete", "using", row, scope)
    seen = passes(relation, "select", "using", row, scope) if reads else YES
    return Touch("DELETE", relation, all_of(reached, seen), row)


def _insert(relation: Relation, scope: Scope) -> Touch:
    row = Row(relation, "new")
    return Touch("INSERT", relation, passes(relation, "insert", "check", row, scope), written=row)


def _update(relation: Relation, scope: Scope, reads: bool) -> Touch:
    old, new = scope.question.world.add(relation, "row"), Row(relation, "new")
    parts = [
        passes(relation, "update", "using", old, scope),
        passes(relation, "update", "check", new, scope),
    ]
    if reads:
        parts += [passes(relation, "select", "using", old, scope), passes(relation, "select", "using", new, scope)]
    return Touch("UPDATE", relation, all_of(*parts), old, new)


def frame(touched: Touch, scope: Scope) -> Formula:
    """Columns that the user may not set keep their values or defaults; asked once all that matter are known."""
    if touched.written is None:
        return YES
    allowed = columns_allowed(scope.catalog, scope.actor.user, touched.relation, touched.command)
    read = touched.written.values.keys() | (touched.target.values.keys() if touched.target else set())
    kept = _defaulted if touched.target is None else _unchanged
    return all_of(*(kept(touched, name, scope) for name in sorted(read - allowed)))


def _defaulted(touched: Touch, name: str, scope: Scope) -> Formula:
    column, value = touched.relation.column(name), touched.written.column(name) if touched.written else None
    if column is None or value is None or column.is_identity:
        raise Unmodelled(f"the default of column {name}")
    if column.default is None:
        return value.null
    default = cast(translate(parse_expression(column.default), scope.fresh(scope.actor)), value.type)
    same = any_of(value.null, default.term == value.term)
    return all_of(negation(default.raises), default.null == value.null, same)


def _unchanged(touched: Touch, name: str, _: Scope) -> Formula:
    before = touched.target.column(name) if touched.target else None
    after = touched.written.column(name) if touched.written else None
    if before is None or after is None:
        raise Unmodelled(f"column {name}")
    return all_of(before.null == after.null, z3.Or(before.null, before.term == after.term))
