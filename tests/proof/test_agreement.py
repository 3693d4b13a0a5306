"""The prover's filter is PostgreSQL's filter: random policies, rows, roles and contexts, on a real server."""

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
from tests.proof.conftest import Laboratory
from tests.proof.policies_in_sql import Case, cases
from tests.proof.trial import DENIED, Trial, insertion, trial_of

pytestmark = pytest.mark.docker

COMMON = settings(
    deadline=None,
    suppress_health_check=list(HealthCheck),
    report_multiple_bugs=False,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
)
NORMAL = settings(COMMON, max_examples=300, derandomize=True)
LONG = settings(COMMON, max_examples=3000)
NEW = {"id": 9, "code": "a", "size": 1, "open": True, "author": "lab_app"}


@given(case=cases)
@NORMAL
def test_the_prover_filters_what_postgresql_filters(laboratory: Laboratory, case: Case) -> None:
    compare(laboratory, case)


@pytest.mark.long
@given(case=cases)
@LONG
def test_the_prover_filters_what_postgresql_filters_at_length(laboratory: Laboratory, case: Case) -> None:
    compare(laboratory, case)


def compare(laboratory: Laboratory, case: Case) -> None:
    with trial_of(laboratory.admin, laboratory.catalog, case) as trial:
        if trial is None:
            return
        compare_reading(trial)
        compare_deleting(trial)
        compare_inserting(trial)
        compare_updating(trial)


def compare_reading(trial: Trial) -> None:
    trial.agrees(trial.ask("SELECT id FROM lab.notes"), lambda: trial.passing(_visible))
    for view in ("owned", "invoked", "joined", "nested"):
        trial.agrees(trial.ask(f"SELECT id FROM lab.{view}"), partial(trial.shown_by, view))


def compare_deleting(trial: Trial) -> None:
    trial.agrees(trial.run(sql.SQL("DELETE FROM lab.notes").format(), _LEFT), lambda: _remaining(trial, _deletable))
    reading = sql.SQL("DELETE FROM lab.notes WHERE id > 0").format()
    trial.agrees(
        trial.run(reading, _LEFT), lambda: _remaining(trial, lambda *of: all_of(_deletable(*of), _visible(*of)))
    )


def compare_inserting(trial: Trial) -> None:
    row = NEW | {"tenant_id": trial.case.notes[0]["tenant_id"]}
    found = trial.run(insertion("notes", row), "SELECT id FROM lab.notes WHERE id = 9")

    def expected() -> set[int] | str:
        situation, scope = trial.scope()
        new = known_row(situation.relation("notes"), row)
        return {9} if holds(passes(new.relation, "insert", "check", new, scope), scope) else DENIED

    trial.agrees(found, expected)


def compare_updating(trial: Trial) -> None:
    change = {"code": "zz", "tenant_id": trial.case.notes[-1]["tenant_id"]}
    statement = sql.SQL("UPDATE lab.notes SET code = 'zz', tenant_id = {}").format(sql.Literal(change["tenant_id"]))
    found = trial.run(statement, "SELECT id FROM lab.notes WHERE code = 'zz'")
    trial.agrees(found, lambda: _updated(trial, change))


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


def _visible(row: Row, scope: Scope) -> Formula:
    return passes(row.relation, "select", "using", row, scope)


def _deletable(row: Row, scope: Scope) -> Formula:
    return passes(row.relation, "delete", "using", row, scope)


_LEFT = "SELECT id FROM lab.notes"


def _remaining(trial: Trial, test: Any) -> set[int]:
    return {note["id"] for note in trial.case.notes} - trial.passing(test)
