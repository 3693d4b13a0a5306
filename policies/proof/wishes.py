"""What a reader likes to see in a counterexample: two fixed tenants, the session inside one of them, known texts."""

from collections.abc import Iterable, Iterator
from typing import Any

import z3

from policies.proof.logic import Formula, all_of, any_of
from policies.proof.spelling import uuid_from
from policies.proof.sqltypes import TEXT_SORT, UUID_SORT
from policies.proof.texts import is_constant, text_constant

TENANT_A = "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa"
TENANT_B = "bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb"
_TENANTS = tuple(uuid_from(text) or 0 for text in (TENANT_A, TENANT_B))
_TEXTS = (TENANT_A, TENANT_B, "x", "", TENANT_A.upper(), f"{{{TENANT_A}}}")


def wishes(symbols: list[Any], constants: Iterable[Any], tenant_setting: str) -> Iterator[Formula]:
    """Shapes of a model, best first: inside tenant A, with known values, with known texts."""
    known = [*(text_constant(text) for text in _TEXTS), *constants]
    texts = all_of(*(_among(symbol, known) for symbol in symbols if symbol.sort() == TEXT_SORT))
    tenants = [z3.BitVecVal(number, 128) for number in _TENANTS]
    keys = all_of(*(_among(symbol, [*tenants, *known]) for symbol in symbols if symbol.sort() == UUID_SORT))
    inside = [symbol == text_constant(TENANT_A) for symbol in symbols if str(symbol) == tenant_setting]
    given = [symbol for symbol in symbols if str(symbol) == f"{tenant_setting} is set"]
    yield all_of(texts, keys, *inside, *given)
    yield all_of(texts, keys)
    yield texts


def _among(symbol: Any, constants: list[Any]) -> Formula:
    return any_of(*(symbol == constant for constant in constants if constant.sort() == symbol.sort()))


def constants_of(terms: Iterable[Any]) -> list[Any]:
    """The texts and uuids among the terms."""
    return [term for term in terms if is_constant(term) and term.sort() in (TEXT_SORT, UUID_SORT)]
