"""What a reader likes to see in a counterexample: two fixed tenants, the session inside one of them, known texts.

Texts are tried out rather than solved for: with every text a constant, what is left is easy for z3.
"""

from collections.abc import Iterable, Iterator
from itertools import combinations, product
from typing import Any

import z3

from policies.proof.logic import Formula, all_of, any_of, negation
from policies.proof.spelling import uuid_from
from policies.proof.sqltypes import TEXT_SORT, UUID_SORT
from policies.proof.texts import is_constant, text_constant

TENANT_A = "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa"
TENANT_B = "bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb"
ALMOST_A = "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaab"
_TENANTS = tuple(uuid_from(text) or 0 for text in (TENANT_A, TENANT_B, ALMOST_A))
_FORGED = f"forged00.{TENANT_B}.9999999999.{'0' * 64}"
_INSIDE = (TENANT_A, "", "{" + TENANT_A + "}", TENANT_A.upper(), "no-tenant", _FORGED)
_ELSEWHERE = ("x", TENANT_B, "", TENANT_A, TENANT_B.upper())
_MOST_DEVIATIONS = 2

VALID_TOKEN = "token is valid"  # noqa: S105 the end of a symbol's name
Choice = list[tuple[Any, Any]]


def choices(symbols: list[Any], constants: Iterable[Any], tenant_setting: str) -> Iterator[Choice]:
    """Values for every text, best first: the session inside tenant A, and few texts other than their first choice."""
    known = [constant for constant in constants if constant.sort() == TEXT_SORT]
    texts = [symbol for symbol in symbols if symbol.sort() == TEXT_SORT]
    options = [_options(symbol, known, tenant_setting) for symbol in texts]
    for deviations in range(min(_MOST_DEVIATIONS, len(texts)) + 1):
        for places in combinations(range(len(texts)), deviations):
            others = [option[1:] if place in places else option[:1] for place, option in enumerate(options)]
            for values in product(*others):
                yield list(zip(texts, values, strict=True))


def _options(symbol: Any, known: list[Any], tenant_setting: str) -> list[Any]:
    preferred = _INSIDE if str(symbol) == tenant_setting else _ELSEWHERE
    return list({str(value): value for value in (*map(text_constant, preferred), *known)}.values())


def shapes(symbols: list[Any], constants: Iterable[Any], tenant_setting: str) -> Iterator[Formula]:
    """What else a model should look like, best first: a tenant is set and uuids are tenants'; then anything."""
    tenants = [z3.BitVecVal(number, 128) for number in _TENANTS]
    literals = [constant for constant in constants if constant.sort() == UUID_SORT]
    uuids = [symbol for symbol in symbols if symbol.sort() == UUID_SORT]
    given = [symbol for symbol in symbols if str(symbol) == f"{tenant_setting} is set"]
    tokens = list(_tokens(symbols, tenant_setting))
    forged = [negation(all_of(valid, token == text_constant(_FORGED))) for valid, token in tokens]
    # A token that is not valid would raise as soon as somebody checked it.
    sound = [*forged, *(any_of(valid, token == text_constant("")) for valid, token in tokens)]
    yield all_of(*_among(uuids, [*tenants[:2], *literals]), *given, *sound)
    yield all_of(*_among(uuids, [*tenants, *literals]), *given, *sound)
    yield all_of(*_among(uuids, [*tenants, *literals]), *sound)
    yield all_of(*forged)


def _tokens(symbols: list[Any], tenant_setting: str) -> Iterator[tuple[Formula, Any]]:
    """Of each session with a signed context: whether its token is valid, and the token."""
    named = {str(symbol): symbol for symbol in symbols}
    for name, valid in named.items():
        token = named.get(name.removesuffix(VALID_TOKEN) + tenant_setting)
        if name.endswith(VALID_TOKEN) and token is not None:
            yield valid, token


def _among(symbols: list[Any], constants: list[Any]) -> Iterator[Formula]:
    return (any_of(*(symbol == constant for constant in constants)) for symbol in symbols)


def constants_of(terms: Iterable[Any]) -> list[Any]:
    """The texts and uuids among the terms."""
    return [term for term in terms if is_constant(term) and term.sort() in (TEXT_SORT, UUID_SORT)]
