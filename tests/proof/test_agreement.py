"""The prover's filter is PostgreSQL's filter: random policies, rows, roles and contexts, on a real server."""

import logging
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from psycopg import sql

from policies.proof.logic import Formula, all_of
from policies.proof.row_security import passes
from policies.proof.rows import Row
from policies.proof.scope import Scope
from tests.proof.concrete import holds, known_row
from tests.proof.laboratory import Laboratory
from tests.proof.policies_in_sql import Case, cases
from tests.proof.trial import DENIED, Asked, Trial, agrees, insertion, tried

pytestmark = pytest.mark.docker

COMMON = settings(
    deadline=None,
    suppress_health_check=list(HealthCheck),
    report_multiple_bugs=False,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
)
NORMAL = settings(COMMON, max_examples=300, derandomize=True)
PARTS = 4
LONG = settings(COMMON, max_examples=3000 // PARTS)
NEW = {"id": 9, "code": "a", "size": 1, "open": True, "author": "lab_app"}


def test_the_prover_filters_what_postgresql_filters(laboratory: Laboratory) -> None:
    agree(laboratory, NORMAL)


@pytest.mark.long
@pytest.mark.parametrize("part", range(PARTS))
def test_the_prover_filters_what_postgresql_filters_at_length(laboratory: Laboratory, part: int) -> None:
    agree(laboratory, LONG)


def agree(laboratory: Laboratory, extent: settings) -> None:
    """Compare cases until that many were drawn. Most of what is asked must be answered, or nothing was compared."""
    tally: Counter[str] = Counter()

    @extent
    @given(case=cases)
    def each(case: Case) -> None:
        tally.update(compared(laboratory, case))

    each()
    logging.getLogger(__name__).info("%s", dict(tally))
    assert tally["compared"] > 3 * tally["raised"]
    assert tally["compared"] > 5 * tally["refused by PostgreSQL"]


def compared(laboratory: Laboratory, case: Case) -> Iterator[str]:
    """What came of each comparison of a case."""
    comparisons = [*reading(), *deleting(), inserting(case), updating(case)]
    trial = tried(laboratory, case, [each.asked for each in comparisons])
    if trial is None:
        yield "refused by PostgreSQL"
        return
    for each, found in zip(comparisons, trial.found, strict=True):
        yield "compared" if agrees(found, partial(each.expected, trial)) else "raised"


@dataclass(frozen=True)
class Comparison:
    """A question to the server and the prover's answer to it."""

    asked: Asked
    expected: Callable[[Trial], set[int] | str]


def reading() -> Iterator[Comparison]:
    yield Comparison(Asked("SELECT id FROM lab.notes"), lambda trial: trial.passing(_visible))
    for view in ("owned", "invoked", "joined", "nested", "barred"):
        yield Comparison(Asked(f"SELECT id FROM lab.{view}"), partial(_shown, view))


def deleting() -> Iterator[Comparison]:
    every = sql.SQL("DELETE FROM lab.notes").format()
    yield Comparison(Asked(_LEFT, every), lambda trial: _remaining(trial, _deletable))
    named = sql.SQL("DELETE FROM lab.notes WHERE id > 0").format()
    yield Comparison(
        Asked(_LEFT, named), lambda trial: _remaining(trial, lambda *of: all_of(_deletable(*of), _visible(*of)))
    )


def inserting(case: Case) -> Comparison:
    row = NEW | {"tenant_id": case.notes[0]["tenant_id"]}

    def expected(trial: Trial) -> set[int] | str:
        situation, scope = trial.scope()
        new = known_row(situation.relation("notes"), row)
        return {9} if holds(passes(new.relation, "insert", "check", new, scope), scope) else DENIED

    return Comparison(Asked("SELECT id FROM lab.notes WHERE id = 9", insertion("notes", row)), expected)


def updating(case: Case) -> Comparison:
    change = {"code": "zz", "tenant_id": case.notes[-1]["tenant_id"]}
    statement = sql.SQL("UPDATE lab.notes SET code = 'zz', tenant_id = {}").format(sql.Literal(change["tenant_id"]))
    return Comparison(
        Asked("SELECT id FROM lab.notes WHERE code = 'zz'", statement), lambda trial: _updated(trial, change)
    )


def _updated(trial: Trial, change: dict[str, Any]) -> set[int] | str:
    situation, scope = trial.scope()
    relation = situation.relation("notes")
    touched = set()
    for note, old in zip(trial.case.notes, situation.known["notes"], strict=True):
        if holds(passes(relation, "update", "using", old, scope), scope):
            new = known_row(relation, note | change)
            if not holds(passes(relation, "update", "check", new, scope), scope):
                return DENIED
            touched.add(note["id"])
    return touched


def _shown(view: str, trial: Trial) -> set[int]:
    return trial.shown_by(view)


def _visible(row: Row, scope: Scope) -> Formula:
    return passes(row.relation, "select", "using", row, scope)


def _deletable(row: Row, scope: Scope) -> Formula:
    return passes(row.relation, "delete", "using", row, scope)


_LEFT = "SELECT id FROM lab.notes"


def _remaining(trial: Trial, test: Any) -> set[int]:
    return {note["id"] for note in trial.case.notes} - trial.passing(test)
