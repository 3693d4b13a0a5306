"""What the table's own constraints say of the rows of a question: keys, foreign keys and checks.

Only constraints that hold at every moment count: validated and not deferrable.
"""

from collections.abc import Iterable, Iterator
from itertools import combinations

import z3

from policies.facts.catalog import Constraint, Relation
from policies.proof.gaps import Refused, Unmodelled
from policies.proof.logic import Formula, all_of, any_of, is_false, negation
from policies.proof.rows import Row
from policies.proof.scope import Actor, Scope
from policies.proof.translation import parse_expression, translate

_NOBODY = Actor("", "", "")


def referenced_rows(scope: Scope, new_rows: tuple[Row, ...]) -> Iterator[Formula]:
    """Adds, for every row so far, the rows its foreign keys name, and says that they match."""
    for row in (*scope.question.world.everything(), *new_rows):
        for constraint in row.relation.constraints:
            target = scope.catalog.relation(*constraint.references) if constraint.references else None
            matters = not row.values.keys().isdisjoint(constraint.columns) or (
                row in new_rows and _binds(row, constraint)
            )
            if target is not None and matters and _always_holds(constraint):
                yield _matches(row, constraint, scope.question.world.add(target))


def _binds(row: Row, constraint: Constraint) -> bool:
    """Whether no row can do without what the foreign key names."""
    columns = (row.relation.column(name) for name in constraint.columns)
    return all(column is not None and column.not_null for column in columns)


def _always_holds(constraint: Constraint) -> bool:
    return constraint.is_validated and "DEFERRABLE" not in constraint.definition.replace("NOT DEFERRABLE", "")


def _matches(row: Row, constraint: Constraint, parent: Row) -> Formula:
    pairs = zip(constraint.columns, constraint.referenced_columns, strict=True)
    sides = [(row.column(child), parent.column(other)) for child, other in pairs]
    named = all_of(*(negation(child.null) for child, _ in sides if child is not None))
    same = [
        all_of(negation(other.null), child.term == other.term)
        for child, other in sides
        if child is not None and other is not None and child.type.sort == other.type.sort
    ]
    parent.present = z3.Bool(f"{parent.name} exists")
    return z3.Implies(all_of(row.present, named), all_of(parent.present, *same))


def keys(scope: Scope) -> Iterator[Formula]:
    """Two rows with the same key are one row."""
    for rows in scope.question.world.rows.values():
        for one, other in combinations(rows, 2):
            shared = one.values.keys() & other.values.keys()
            for columns in _unique_columns(one.relation):
                if shared.issuperset(columns):
                    yield z3.Implies(_same(one, other, columns), _same(one, other, shared))


def _unique_columns(relation: Relation) -> Iterator[tuple[str, ...]]:
    for constraint in relation.constraints:
        if constraint.is_key and _always_holds(constraint):
            yield constraint.columns


def _same(one: Row, other: Row, columns: Iterable[str]) -> Formula:
    parts = [one.present, other.present]
    for name in sorted(columns):
        left, right = one.column(name), other.column(name)
        if left is None or right is None:
            continue
        parts += [left.null == right.null, any_of(left.null, left.term == right.term)]
    return z3.And(*parts)


def checks(scope: Scope) -> Iterator[Formula]:
    """No row fails a CHECK that the prover can read."""
    for row in scope.question.world.everything():
        yield from checks_of(row, scope)


def checks_of(row: Row, scope: Scope) -> Iterator[Formula]:
    """The CHECK constraints of one row."""
    for constraint in row.relation.constraints:
        matters = not row.values.keys().isdisjoint(constraint.columns)
        if constraint.kind != "check" or not constraint.is_validated or not matters:
            continue
        text = constraint.definition.removeprefix("CHECK").removesuffix("NO INHERIT").strip()
        try:
            value = translate(parse_expression(text), scope.fresh(_NOBODY).with_source(row.relation.name, row))
        except (Unmodelled, Refused):
            continue
        yield z3.Implies(row.present, negation(is_false(value)))
