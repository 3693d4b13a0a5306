"""Is a formula satisfiable? A refusal by z3 is a proof; a model counts only after it was computed through.

z3 knows some functions by their laws alone, so its first model may be impossible. Each round computes what the model
says and tells z3 the true values, until the model stands or the rounds are over.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from itertools import islice
from typing import Any

import z3

from policies.proof.applications import applications, facts_about, free_symbols, laws, settle, subterms
from policies.proof.gaps import Unmodelled
from policies.proof.logic import Formula
from policies.proof.sqltypes import TEXT_SORT
from policies.proof.texts import python_value
from policies.proof.wishes import choices, constants_of, shapes

ROUNDS = 12
MOST_CHOICES = 240
"""Choices of texts that are tried for one shape of a model."""


class Outcome(Enum):
    """What is known of a formula."""

    IMPOSSIBLE = "impossible"
    POSSIBLE = "possible"
    UNDECIDED = "undecided"


@dataclass(frozen=True)
class Answer:
    """An outcome: with `values` by symbol where it is possible, with a `reason` where it is undecided."""

    outcome: Outcome
    values: dict[str, str | int | bool] = field(default_factory=dict)
    reason: str = ""


def is_impossible(formulas: Sequence[Formula], timeout_ms: int) -> Answer:
    """IMPOSSIBLE where the formulas contradict each other, POSSIBLE (without a model) where z3 sees a way."""
    solver = _solver_of(_settled(formulas))
    result = _check(solver, time.monotonic() + timeout_ms / 1000)
    return Answer(Outcome.POSSIBLE) if result == z3.sat else _without_model(result, solver)


def decide(formulas: Sequence[Formula], timeout_ms: int, tenant_setting: str) -> Answer:
    """Whether the formulas can hold together; the model looks as a reader would wish, if it can."""
    deadline = time.monotonic() + timeout_ms / 1000
    formulas = _settled(formulas)
    solver = _solver_of(formulas)
    first = _check(solver, deadline)
    if first != z3.sat:
        return _without_model(first, solver)
    wished = _wished(solver, formulas, deadline, tenant_setting)
    return wished or _search(_solver_of(formulas), formulas, deadline, ROUNDS)


def _wished(solver: Any, formulas: Sequence[Formula], deadline: float, tenant_setting: str) -> Answer | None:
    """A model that reads well, with its texts tried out one choice after the other."""
    symbols, constants = free_symbols(formulas), constants_of(subterms(formulas))
    for shape in shapes(symbols, constants, tenant_setting):
        if _check(solver, deadline, shape) == z3.unsat:
            continue
        for choice in islice(choices(symbols, constants, tenant_setting), MOST_CHOICES):
            chosen = _settled([z3.substitute(formula, *choice) for formula in (*formulas, shape)])
            if any(z3.is_false(formula) for formula in chosen) or time.monotonic() > deadline:
                continue
            answer = _search(_solver_of(chosen), chosen, deadline, rounds=3)
            if answer.outcome is Outcome.POSSIBLE:
                return replace(answer, values=answer.values | {str(key): python_value(value) for key, value in choice})
    return None


def _settled(formulas: Sequence[Formula]) -> list[Formula]:
    """The formulas with every function of constants computed, where Python can."""
    try:
        return [settle(formula)[0] for formula in formulas]
    except Unmodelled:
        return list(formulas)


def _solver_of(formulas: Sequence[Formula]) -> Any:
    solver = z3.Solver()
    solver.add(*formulas, *laws(formulas), *facts_about(formulas, constants_of(subterms(formulas))))
    return solver


def _check(solver: Any, deadline: float, *assumptions: Formula) -> Any:
    left = int((deadline - time.monotonic()) * 1000)
    if left <= 0:
        return z3.unknown
    solver.set("timeout", left)
    return solver.check(*assumptions)


def _without_model(result: Any, solver: Any) -> Answer:
    if result == z3.unsat:
        return Answer(Outcome.IMPOSSIBLE)
    return Answer(Outcome.UNDECIDED, reason=f"z3 gave up: {solver.reason_unknown()}")


def _search(solver: Any, formulas: Sequence[Formula], deadline: float, rounds: int) -> Answer:
    """With a solver that nothing was asked yet: z3's `push` after a check that ran out of time knows no limit."""
    solver.add(*_readable(formulas))
    return _refine(solver, formulas, deadline, rounds)


def _readable(formulas: Sequence[Formula]) -> list[Formula]:
    printable = z3.Star(z3.Range(" ", "~"))
    return [z3.InRe(term, printable) for term in free_symbols(formulas) if term.sort() == TEXT_SORT]


def _refine(solver: Any, formulas: Sequence[Formula], deadline: float, rounds: int) -> Answer:
    pinned: list[Formula] = []
    for _ in range(rounds):
        result = _check(solver, deadline, *pinned)
        if result == z3.unsat and pinned:
            pinned = []
            continue
        if result != z3.sat:
            return Answer(Outcome.UNDECIDED, reason="no model of the counterexample could be computed")
        model = solver.model()
        values = {symbol: model.eval(symbol, model_completion=True) for symbol in free_symbols(formulas)}
        try:
            holds, used = settle(z3.substitute(z3.And(*formulas), *values.items()))
        except Unmodelled as gap:
            return Answer(Outcome.UNDECIDED, reason=gap.construct)
        if z3.is_true(holds):
            return Answer(Outcome.POSSIBLE, {str(key): python_value(value) for key, value in values.items()})
        solver.add(*used)
        pinned = _pins(formulas, model)
    return Answer(Outcome.UNDECIDED, reason="no model of the counterexample could be computed")


def _pins(formulas: Sequence[Formula], model: Any) -> list[Formula]:
    """Keep the arguments of this model, so that the next one can use the values just computed."""
    arguments = {term.arg(0).get_id(): term.arg(0) for term in applications(formulas) if z3.is_const(term.arg(0))}
    return [term == model.eval(term, model_completion=True) for term in arguments.values()]
