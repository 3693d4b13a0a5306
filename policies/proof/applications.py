"""The applications of uninterpreted functions in a formula: their laws, and their values once arguments are known."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import z3

from policies.proof.gaps import Unmodelled
from policies.proof.logic import Formula
from policies.proof.meanings import MEANINGS
from policies.proof.texts import is_constant, python_value, z3_constant

_ROUNDS_OF_LAWS = 2


def subterms(formulas: Iterable[Formula]) -> Iterator[Any]:
    """Every distinct subterm, each before the terms that contain it."""
    seen: set[int] = set()
    stack = [(formula, False) for formula in formulas]
    while stack:
        term, expanded = stack.pop()
        if expanded:
            yield term
        elif term.get_id() not in seen:
            seen.add(term.get_id())
            stack.append((term, True))
            stack.extend((child, False) for child in term.children())


def applications(formulas: Iterable[Formula]) -> list[Any]:
    """The distinct applications of functions that have a meaning."""
    return [term for term in subterms(formulas) if z3.is_app(term) and _symbol(term) in MEANINGS]


def _symbol(term: Any) -> str:
    return str(term.decl().name())


def free_symbols(formulas: Iterable[Formula]) -> list[Any]:
    """The distinct constants that a model gives values to."""
    return [term for term in subterms(formulas) if z3.is_const(term) and term.decl().kind() == z3.Z3_OP_UNINTERPRETED]


def laws(formulas: Sequence[Formula]) -> list[Formula]:
    """What holds of the applications in the formulas, and of those that the laws bring in."""
    found: dict[int, Formula] = {}
    frontier = list(formulas)
    for _ in range(_ROUNDS_OF_LAWS):
        frontier = [law for term in applications(frontier) for law in _laws_of(term) if law.get_id() not in found]
        found.update((law.get_id(), law) for law in frontier)
    return list(found.values())


def _laws_of(term: Any) -> list[Formula]:
    return list(MEANINGS[_symbol(term)].laws(*term.children()))


def computed(symbol: Any, *arguments: Any) -> Any:
    """The value of a function on constants. Raises Unmodelled where Python cannot tell it."""
    meaning = MEANINGS[str(symbol.name())]
    return z3_constant(meaning.compute(*map(python_value, arguments)), symbol.range())


def settle(formula: Formula) -> tuple[Formula, list[Formula]]:
    """The formula with every application on constants computed, and the equations that were used."""
    used: list[Formula] = []
    formula = z3.simplify(formula)
    while ready := [term for term in applications([formula]) if all(map(is_constant, term.children()))]:
        values = [(term, computed(term.decl(), *term.children())) for term in ready]
        used.extend(term == value for term, value in values)
        formula = z3.simplify(z3.substitute(formula, *values))
    return formula, used


def facts_about(formulas: Sequence[Formula], constants: Iterable[Any]) -> Iterator[Formula]:
    """The values of every unary function in the formulas on each constant of its argument's sort."""
    symbols = {_symbol(term): term.decl() for term in applications(formulas) if term.num_args() == 1}
    for constant in constants:
        for symbol in symbols.values():
            if symbol.domain(0) == constant.sort():
                try:
                    yield symbol(constant) == computed(symbol, constant)
                except Unmodelled:
                    continue
