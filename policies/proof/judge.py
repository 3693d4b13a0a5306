"""One question to the solver, answered as a verdict."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from policies.proof.gaps import Unmodelled
from policies.proof.integrity import checks, checks_of, keys, referenced_rows
from policies.proof.logic import Formula, all_of, negation
from policies.proof.obligation import Verdict
from policies.proof.rows import Row
from policies.proof.scope import Scope
from policies.proof.solve import Answer, Outcome, decide

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
    question = scope.question
    try:
        question.world.close()
        answer = _ask(goal, scope, new_rows, (), timeout_ms)
        if answer.outcome is Outcome.IMPOSSIBLE:
            return _refuted(scope, ())
        if answer.outcome is Outcome.UNDECIDED and answer.reason.startswith("z3"):
            return _unknown(scope, answer.reason)
        return _with_constraints(goal, scope, new_rows, timeout_ms)
    except Unmodelled as gap:
        return _unknown(scope, gap.construct)


def _with_constraints(goal: Formula, scope: Scope, new_rows: tuple[Row, ...], timeout_ms: int) -> Judgement:
    """The second look, with what the tables' constraints say and without leaning on what has no model."""
    matches = list(referenced_rows(scope))
    scope.question.world.close()
    facts = [*matches, *keys(scope), *checks(scope)]
    for row in new_rows:
        facts += checks_of(row, scope)
    certain = [all_of(value.null, negation(value.raises)) for value in scope.question.unknowns]
    answer = _ask(goal, scope, new_rows, (*facts, *certain), timeout_ms)
    if answer.outcome is Outcome.POSSIBLE:
        return Judgement(Verdict.COUNTEREXAMPLE, values=answer.values, assumptions=_assumptions(scope))
    if answer.outcome is Outcome.IMPOSSIBLE:
        return _refuted(scope, (CONSTRAINTS,))
    return _unknown(scope, answer.reason)


def _ask(goal: Formula, scope: Scope, new_rows: tuple[Row, ...], facts: tuple[Formula, ...], timeout_ms: int) -> Answer:
    question = scope.question
    limits = [limit for row in new_rows for limit in row.limits()]
    known = [*question.world.limits(), *limits, *facts]
    return decide(goal, known, timeout_ms, question.session.tenant_setting)


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
