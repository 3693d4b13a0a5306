"""Functions that z3 does not know: uninterpreted, with laws that hold for every argument and a meaning in Python.

A proof uses the laws alone. A model is believed only after every application in it was computed by its meaning.
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import z3

from policies.proof import spelling
from policies.proof.gaps import Unmodelled
from policies.proof.logic import Formula
from policies.proof.sqltypes import TEXT_SORT, UUID_SORT

_BOOLEAN, _INTEGER = z3.BoolSort(), z3.IntSort()
Law = Callable[..., Iterator[Formula]]


def _no_laws(*_: Any) -> Iterator[Formula]:
    return iter(())


@dataclass(frozen=True)
class Meaning:
    """One function: its symbol, what it computes, and what may be assumed of an application."""

    symbol: Any
    compute: Callable[..., str | int | bool]
    laws: Law = _no_laws


def _symbol(name: str, *sorts: Any) -> Any:
    return z3.Function(name, *sorts)


uuid_valid = _symbol("uuid_valid", TEXT_SORT, _BOOLEAN)
uuid_of = _symbol("uuid_of", TEXT_SORT, UUID_SORT)
uuid_text = _symbol("uuid_text", UUID_SORT, TEXT_SORT)
integer_valid = _symbol("integer_valid", TEXT_SORT, _BOOLEAN)
integer_of = _symbol("integer_of", TEXT_SORT, _INTEGER)
integer_text = _symbol("integer_text", _INTEGER, TEXT_SORT)
boolean_valid = _symbol("boolean_valid", TEXT_SORT, _BOOLEAN)
boolean_of = _symbol("boolean_of", TEXT_SORT, _BOOLEAN)
lower = _symbol("lower", TEXT_SORT, TEXT_SORT)
upper = _symbol("upper", TEXT_SORT, TEXT_SORT)
trim = _symbol("trim", TEXT_SORT, TEXT_SORT)
replace = _symbol("replace", TEXT_SORT, TEXT_SORT, TEXT_SORT, TEXT_SORT)
split_part = _symbol("split_part", TEXT_SORT, TEXT_SORT, _INTEGER, TEXT_SORT)
md5 = _symbol("md5", TEXT_SORT, TEXT_SORT)


def _validity_laws(text: Any) -> Iterator[Formula]:
    yield z3.Implies(uuid_valid(text), z3.Length(text) >= 32)


def _uuid_text_laws(number: Any) -> Iterator[Formula]:
    shown = uuid_text(number)
    yield uuid_valid(shown)
    yield uuid_of(shown) == number
    yield z3.Length(shown) == 36
    yield lower(shown) == shown
    yield trim(shown) == shown


def _case_laws(folded: Any) -> Law:
    def laws(text: Any) -> Iterator[Formula]:
        yield uuid_valid(folded(text)) == uuid_valid(text)
        yield z3.Implies(uuid_valid(text), uuid_of(folded(text)) == uuid_of(text))
        yield (z3.Length(folded(text)) == 0) == (z3.Length(text) == 0)

    return laws


def _trim_laws(text: Any) -> Iterator[Formula]:
    yield z3.Implies(uuid_valid(text), trim(text) == text)
    yield z3.Length(trim(text)) <= z3.Length(text)


def _integer_text_laws(number: Any) -> Iterator[Formula]:
    shown = integer_text(number)
    yield integer_valid(shown)
    yield integer_of(shown) == number
    yield trim(shown) == shown
    yield z3.Length(shown) >= 1


def _integer_valid_laws(text: Any) -> Iterator[Formula]:
    yield z3.Implies(integer_valid(text), z3.Length(text) >= 1)


def _ascii(text: str) -> str:
    if not text.isascii():
        raise Unmodelled("case of letters beyond ASCII")
    return text


def _hexadecimal(text: str) -> int | None:
    stripped = text.strip().lstrip("+-").lower()
    if stripped[:2] in ("0x", "0o", "0b"):
        raise Unmodelled("integers that are not decimal")
    return spelling.integer_from(text)


def _split_part(text: str, separator: str, position: int) -> str:
    parts = text.split(separator) if separator else [text]
    index = position - 1 if position > 0 else len(parts) + position
    return parts[index] if 0 <= index < len(parts) else ""


MEANINGS = {
    meaning.symbol.name(): meaning
    for meaning in (
        Meaning(uuid_valid, lambda text: spelling.uuid_from(text) is not None, _validity_laws),
        Meaning(uuid_of, lambda text: spelling.uuid_from(text) or 0),
        Meaning(uuid_text, spelling.uuid_shown, _uuid_text_laws),
        Meaning(integer_valid, lambda text: _hexadecimal(text) is not None, _integer_valid_laws),
        Meaning(integer_of, lambda text: _hexadecimal(text) or 0),
        Meaning(integer_text, str, _integer_text_laws),
        Meaning(boolean_valid, lambda text: spelling.boolean_from(text) is not None),
        Meaning(boolean_of, lambda text: spelling.boolean_from(text) or False),
        Meaning(lower, lambda text: _ascii(text).lower(), _case_laws(lower)),
        Meaning(upper, lambda text: _ascii(text).upper(), _case_laws(upper)),
        Meaning(trim, lambda text: text.strip(" "), _trim_laws),
        Meaning(replace, lambda text, old, new: text.replace(old, new) if old else text),
        Meaning(split_part, _split_part),
        Meaning(md5, lambda text: hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()),
    )
}
