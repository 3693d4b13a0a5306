"""LIKE with a constant pattern, as a regular expression of z3's."""

from typing import Any

import z3

from policies.proof.gaps import Unmodelled
from policies.proof.logic import Value, strict
from policies.proof.sqltypes import BOOLEAN, TEXT_SORT
from policies.proof.texts import is_constant, python_text, text_constant


def like(text: Value, pattern: Value) -> Value:
    """`text LIKE pattern`. Raises Unmodelled where the pattern is not a constant."""
    if not is_constant(pattern.term):
        raise Unmodelled("LIKE with a pattern that is not constant")
    expression = _expression(python_text(pattern.term))
    return strict(BOOLEAN, lambda term, _: z3.InRe(term, expression), text, pattern)


def _expression(pattern: str) -> Any:
    parts = [z3.Re(text_constant("")), z3.Re(text_constant(""))]
    characters = iter(pattern)
    for character in characters:
        if character == "\\":
            parts.append(z3.Re(text_constant(_escaped(characters))))
        else:
            parts.append(_wildcard(character))
    return z3.Concat(*parts)


def _escaped(characters: Any) -> str:
    character: str | None = next(characters, None)
    if character is None:
        raise Unmodelled("LIKE with a pattern that ends in its escape character")
    return character


def _wildcard(character: str) -> Any:
    anything = z3.AllChar(z3.ReSort(TEXT_SORT))
    if character == "%":
        return z3.Star(anything)
    return anything if character == "_" else z3.Re(text_constant(character))
