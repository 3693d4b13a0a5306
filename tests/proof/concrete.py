"""The prover's formulas with real rows and a real context in place of symbols, evaluated to yes or no."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import z3

from policies.facts.catalog import Catalog, Relation
from policies.proof import calls, expression  # noqa: F401 they register translators
from policies.proof.applications import settle
from policies.proof.logic import NO, YES, Formula, Value, any_of
from policies.proof.rows import Row, World
from policies.proof.scope import Actor, Question, Scope
from policies.proof.session import Session
from policies.proof.solve import decide
from policies.proof.spelling import uuid_from
from policies.proof.sqltypes import Family, type_named
from policies.proof.texts import text_constant


@dataclass
class KnownWorld(World):
    """A world whose rows are all there are."""

    def exists(self, relation: Relation, test: Callable[[Row], Formula]) -> Formula:
        return any_of(*(test(row) for row in self.rows[relation.address]))

    beside = exists


def known_row(relation: Relation, values: dict[str, Any]) -> Row:
    """A row with these values."""
    row = Row(relation, f"known{values.get('id', 0)}")
    for column in relation.columns:
        kind = type_named(column.type)
        value = values.get(column.name)
        row.values[column.name] = Value(kind, _constant(kind.family, value), YES if value is None else NO)
    return row


def _constant(family: Family, value: Any) -> Any:
    match family:
        case Family.UUID:
            return z3.BitVecVal(uuid_from(str(value)) or 0, 128)
        case Family.INTEGER:
            return z3.IntVal(value or 0)
        case Family.BOOLEAN:
            return z3.BoolVal(bool(value))
    return text_constant(value or "")


def known_session(settings: dict[str, str | None]) -> Session:
    """A session in which exactly these settings have these values; None is unset."""
    session = Session(tenant_setting="lab.tenant")
    for name, value in settings.items():
        session.used[name] = (z3.BoolVal(value is not None), text_constant(value or ""))
    return session


@dataclass
class Situation:
    """Real rows, a real context, and who acts."""

    catalog: Catalog
    settings: dict[str, str | None]
    actor: str
    rows: dict[str, tuple[dict[str, Any], ...]]
    known: dict[str, list[Row]] = field(default_factory=dict)

    def scope(self) -> Scope:
        """A new scope over these rows."""
        world = KnownWorld()
        for table, rows in self.rows.items():
            relation = self.relation(table)
            self.known[table] = world.rows[relation.address] = [known_row(relation, row) for row in rows]
        question = Question(self.catalog, known_session(self.settings), world)
        return Scope(question, Actor(self.actor, self.actor, self.actor))

    def relation(self, name: str) -> Relation:
        """A relation of the laboratory."""
        found = self.catalog.relation("lab", name)
        assert found is not None
        return found


def holds(formula: Formula, scope: Scope) -> bool:
    """Whether the formula is true in the scope's world. It must not be both, nor neither."""
    assert not scope.question.gaps, scope.question.gaps
    settled, _ = settle(formula)
    if z3.is_true(settled) or z3.is_false(settled):
        return bool(z3.is_true(settled))
    known = list(scope.question.world.known)
    answers = {
        verdict: decide([part, *known], 10_000, "lab.tenant").outcome.value
        for verdict, part in ((True, formula), (False, z3.Not(formula)))
    }
    assert sorted(answers.values()) == ["impossible", "possible"], answers
    return answers[True] == "possible"
