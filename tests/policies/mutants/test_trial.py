"""What counts as noticed, as a false alarm and as a score."""

from collections.abc import Sequence

import pytest

from policies.evaluate import Result, Verdict
from policies.mutants.mutant import Change, Mutant
from policies.mutants.score import ALL_NOTICED, COULD_NOT_TRY, WEAK, Score
from policies.mutants.trial import Outcome, Trial, judge
from policies.rule import Severity


def result(verdict: Verdict, message: str = "it is open", where: str = "postgres-user/shop.orders") -> Result:
    return Result("some_rule", Severity.HIGH, "live", where, verdict, message)


def mutant(names: str = "shop.orders", *, unknown: bool = False) -> Mutant:
    change = Change(about="A change", place="postgres", apply="SELECT 1", undo="SELECT 2", names=names, unknown=unknown)
    return Mutant(id="some_mutant", change=change)


@pytest.mark.parametrize(
    ("before", "under", "outcome"),
    [
        ([], [result(Verdict.FAIL)], Outcome.NOTICED),
        ([], [result(Verdict.PASS)], Outcome.SURVIVED),
        ([], [result(Verdict.FAIL, where="postgres-user/shop.notes")], Outcome.SURVIVED),
        ([result(Verdict.FAIL)], [result(Verdict.FAIL)], Outcome.SURVIVED),
        ([result(Verdict.FAIL)], [result(Verdict.FAIL, "it is wide open")], Outcome.NOTICED),
        ([], [result(Verdict.UNKNOWN)], Outcome.NOTICED),
    ],
)
def test_a_mutant_is_noticed_by_what_is_new_and_names_it(
    before: Sequence[Result], under: Sequence[Result], outcome: Outcome
) -> None:
    assert judge(mutant(), before, under)[0] is outcome


def test_lost_evidence_is_noticed_only_where_something_could_not_be_checked() -> None:
    blinding = mutant(unknown=True)
    assert judge(blinding, [], [result(Verdict.FAIL)])[0] is Outcome.SURVIVED
    assert judge(blinding, [], [result(Verdict.FAIL), result(Verdict.UNKNOWN)])[0] is Outcome.NOTICED


def test_a_harmless_change_must_not_make_anything_louder() -> None:
    harmless = mutant(names="")
    assert judge(harmless, [], [result(Verdict.PASS)])[0] is Outcome.QUIET
    assert judge(harmless, [], [result(Verdict.UNKNOWN)])[0] is Outcome.FALSE_ALARM
    assert judge(harmless, [result(Verdict.FAIL)], [result(Verdict.FAIL, "in other words")])[0] is Outcome.QUIET


def trial(outcome: Outcome, *, harmless: bool = False, began: float = 0, seconds: float = 1) -> Trial:
    return Trial("some_mutant", "postgres", "postgres-user", harmless, outcome, began=began, seconds=seconds)


@pytest.mark.parametrize(
    ("outcomes", "code"),
    [
        ([Outcome.NOTICED], ALL_NOTICED),
        ([Outcome.NOTICED, Outcome.NOT_RUN], ALL_NOTICED),
        ([Outcome.NOTICED, Outcome.BROKEN], COULD_NOT_TRY),
        ([Outcome.SURVIVED, Outcome.BROKEN], WEAK),
        ([Outcome.CRASHED], WEAK),
        ([Outcome.NOT_SILENT], WEAK),
        ([Outcome.NOT_UNDONE], WEAK),
        ([Outcome.NOT_RUN], COULD_NOT_TRY),
        ([], COULD_NOT_TRY),
    ],
)
def test_the_exit_code_is_that_of_the_worst_trial(outcomes: Sequence[Outcome], code: int) -> None:
    assert Score(tuple(map(trial, outcomes)), (), 1).exit_code == code


def test_what_is_left_behind_is_a_failure() -> None:
    assert Score((trial(Outcome.NOTICED),), (result(Verdict.FAIL),), 1).exit_code == WEAK


def test_what_was_not_run_counts_for_nothing() -> None:
    score = Score((trial(Outcome.NOTICED), trial(Outcome.NOT_RUN), trial(Outcome.QUIET, harmless=True)), (), 1)
    assert (score.noticed, len(score.mutants), score.quiet, len(score.harmless)) == (1, 1, 1, 1)


def test_the_rate_counts_trials_that_ran_side_by_side_once() -> None:
    beside = Score((trial(Outcome.NOTICED, seconds=3), trial(Outcome.NOTICED, began=1, seconds=2)), (), 3)
    assert [(row.tried, row.good, row.rate) for row in beside.rows] == [(2, 2, 40)]
