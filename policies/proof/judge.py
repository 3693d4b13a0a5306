"""One question to the solver, answered as a verdict."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from policies.proof.gaps import Unmodelled
from policies.proof.integrity import checks, checks_of, keys, referenced_rows
from policies.proof.logic import Formula, all_of, negation
from policies.proof.obligation import Verdict
from policies.proof.rows import Row
from policies.proof.scope import Scope
from policies.proof.solve import Outcome, decide, is_impossible

CONSTRAINTS = "the table's own keys, foreign keys and checks, which PostgreSQL enforces"


@dataclass(frozen=True)
class Judgement:
    """A verdict on one formula: `values` of the symbols for a counterexample, `constructs` that stood in the way."""

    verdict: Verdict
    constructs: tuple[str, ...] = ()
    values: Mapping[str, str | int | bool] = field(default_factory=dict)
    assumptions: tuple[str, ...] = ()


def judge(goal: Formula, scope: Scope, new_rows: tuple[Row, ...], timeout_ms: int) -> Judgement:
    """Whether the goal is impossible (PROVED), possible (COUNTEREXAMPLE), or not known."""
    first = refute(goal, scope, new_rows, timeout_ms)
    return first if first is not None else exhibit(goal, scope, new_rows, timeout_ms)


def refute(goal: Formula, scope: Scope, new_rows: tuple[Row, ...], timeout_ms: int) -> Judgement | None:
    """The first look, without the tables' constraints: the verdict, or None where the goal looks possible."""
    try:
        scope.question.world.close()
        known = _known(scope, new_rows)
    except Unmodelled as gap:
        return _unknown(scope, gap.construct)
    answer = is_impossible([goal, *known], timeout_ms)
    if answer.outcome is Outcome.IMPOSSIBLE:
        return _refuted(scope, ())
    return _unknown(scope, answer.reason) if answer.outcome is Outcome.UNDECIDED else None


def exhibit(goal: Formula, scope: Scope, new_rows: tuple[Row, ...], timeout_ms: int) -> Judgement:
    """The second look, with what the tables' constraints say and without leaning on what has no model."""
    try:
        facts = _constraints(scope, new_rows)
    except Unmodelled as gap:
        return _unknown(scope, gap.construct)
    certain = [all_of(value.null, negation(value.raises)) for value in scope.question.unknowns]
    formulas = [goal, *_known(scope, new_rows), *facts, *certain]
    answer = decide(formulas, timeout_ms, scope.question.session.tenant_setting)
    if answer.outcome is Outcome.POSSIBLE:
        return Judgement(Verdict.COUNTEREXAMPLE, values=answer.values, assumptions=_assumptions(scope))
    if answer.outcome is Outcome.IMPOSSIBLE:
        return _refuted(scope, (CONSTRAINTS,))
    return _unknown(scope, answer.reason)


def _constraints(scope: Scope, new_rows: tuple[Row, ...]) -> list[Formula]:
    matches = list(referenced_rows(scope, new_rows))
    scope.question.world.close()
    new = [check for row in new_rows for check in checks_of(row, scope)]
    return [*matches, *keys(scope), *checks(scope), *new]


def _known(scope: Scope, new_rows: tuple[Row, ...]) -> list[Formula]:
    return [*scope.question.world.limits(), *(limit for row in new_rows for limit in row.limits())]


def _refuted(scope: Scope, assumptions: tuple[str, ...]) -> Judgement:
    """Impossible: a proof, unless something in it has no model."""
    if scope.question.gaps:
        return _unknown(scope, "")
    return Judgement(Verdict.PROVED, assumptions=(*_assumptions(scope), *assumptions))


def _unknown(scope: Scope, reason: str) -> Judgement:
    constructs = (*sorted(scope.question.gaps), *((reason,) if reason else ()))
    return Judgement(Verdict.UNKNOWN, constructs, assumptions=_assumptions(scope))


def _assumptions(scope: Scope) -> tuple[str, ...]:
    return tuple(sorted(scope.question.assumptions))
