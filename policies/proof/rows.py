"""A symbolic row of a table, and the world: the finitely many rows a question is about.

`exists` needs no more rows than one witness for each place that asks: whatever is true of a database is true of its
part made of the rows that witness it, as long as nothing else in the part answers a question differently. `close`
states that.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import z3

from policies.facts.catalog import Column, Relation
from policies.proof.gaps import Unmodelled
from policies.proof.logic import NO, YES, Formula, Value, all_of
from policies.proof.sqltypes import Family, type_named

MOST_ROWS = 60
"""Rows in one question; beyond them the answer is UNKNOWN."""

LAST_MOMENT = 4_000_000_000_000_000
"""Microseconds since 1970, in the year 2096. Moments are only compared, so where they lie makes no difference."""


@dataclass(eq=False)
class Row:
    """A row of a relation; its columns get symbols when something reads them."""

    relation: Relation
    name: str
    present: Formula = YES
    values: dict[str, Value] = field(default_factory=dict)

    def column(self, name: str) -> Value | None:
        """The column's value, None where the relation has no such column."""
        known = self.values.get(name)
        column = self.relation.column(name)
        if known is not None or column is None:
            return known
        return self.values.setdefault(name, self._symbol(column))

    def _symbol(self, column: Column) -> Value:
        if column.is_generated:
            raise Unmodelled(f"generated column {self.relation.name}.{column.name}")
        if column.has_loose_collation:
            raise Unmodelled(f"the nondeterministic collation of {self.relation.name}.{column.name}")
        kind = type_named(column.type)
        term = z3.Const(f"{self.name}.{column.name}", kind.sort)
        return Value(kind, term, NO if column.not_null else z3.Bool(f"{self.name}.{column.name} is null"))

    def limits(self) -> Iterator[Formula]:
        """What the types of its columns imply."""
        for value in self.values.values():
            if value.type.family is Family.INTEGER:
                least, greatest = value.type.bounds
                yield z3.And(value.term >= least, value.term <= greatest)
            elif value.type.family is Family.MOMENT:
                yield z3.And(value.term >= 0, value.term <= LAST_MOMENT)
            elif value.type.length is not None:
                yield z3.Length(value.term) <= value.type.length


@dataclass
class _Question:
    """An EXISTS over one relation, and the rows it was asked about."""

    relation: Relation
    holds: Any
    test: Callable[[Row], Formula]
    asked: set[str] = field(default_factory=set)


@dataclass
class World:
    """The rows of one question and what is known of them."""

    rows: dict[tuple[str, str], list[Row]] = field(default_factory=lambda: defaultdict(list))
    known: list[Formula] = field(default_factory=list)
    questions: list[_Question] = field(default_factory=list)

    def add(self, relation: Relation, name: str = "", present: Formula = YES) -> Row:
        """A new row of the relation. Raises Unmodelled where there are too many."""
        count = sum(map(len, self.rows.values()))
        if count >= MOST_ROWS:
            raise Unmodelled(f"sub-selects that need more than {MOST_ROWS} rows")
        row = Row(relation, name or f"row{count}", present)
        self.rows[relation.address].append(row)
        return row

    def exists(self, relation: Relation, test: Callable[[Row], Formula]) -> Formula:
        """Some row of the relation passes the test."""
        holds = z3.FreshConst(z3.BoolSort(), "exists")
        witness = self.add(relation, present=holds)
        self.known.append(z3.Implies(holds, test(witness)))
        self.questions.append(_Question(relation, holds, test, {witness.name}))
        return holds

    def beside(self, relation: Relation, test: Callable[[Row], Formula]) -> Formula:
        """Some row of the relation passes the test; asked where only a yes counts, so no other row has to answer."""
        row = self.add(relation, present=z3.FreshConst(z3.BoolSort(), "joined"))
        return all_of(row.present, test(row))

    def close(self) -> None:
        """Let every row that passes a question's test answer it, also rows that other questions brought in."""
        while pending := [(question, row) for question in self.questions for row in self._unasked(question)]:
            for question, row in pending:
                question.asked.add(row.name)
                self.known.append(z3.Implies(all_of(row.present, question.test(row)), question.holds))

    def _unasked(self, question: _Question) -> list[Row]:
        return [row for row in self.rows[question.relation.address] if row.name not in question.asked]

    def everything(self) -> Iterator[Row]:
        """All rows."""
        for rows in self.rows.values():
            yield from rows

    def limits(self) -> Iterator[Formula]:
        """What holds of all rows, by their types and by what was asked."""
        yield from self.known
        for row in self.everything():
            yield from row.limits()
