"""What the verifier says before, under and after a mutant, and what that makes of the mutant. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from policies.evaluate import Result, Verdict
from policies.mutants.mutant import Mutant

_BAD = (Verdict.FAIL, Verdict.UNKNOWN)


class Outcome(StrEnum):
    """How a trial ended."""

    NOTICED = "noticed"
    SURVIVED = "survived"
    QUIET = "quiet"
    FALSE_ALARM = "false alarm"
    NOT_SILENT = "not silent after it was undone"
    NOT_UNDONE = "its undo leaves something behind"
    CRASHED = "the verifier gave up"
    BROKEN = "could not be tried"
    NOT_RUN = "not run"

    @property
    def is_good(self) -> bool:
        """Whether the verifier did what it has to."""
        return self in (Outcome.NOTICED, Outcome.QUIET)

    @property
    def was_tried(self) -> bool:
        """Whether the verifier was put to the test."""
        return self not in (Outcome.BROKEN, Outcome.NOT_RUN)


@dataclass(frozen=True)
class Trial:
    """One mutant tried: the rules that named it, or what went wrong; `began` in seconds since some moment."""

    mutant: str
    place: str
    where: str
    is_harmless: bool
    outcome: Outcome
    rules: tuple[str, ...] = ()
    detail: str = ""
    began: float = 0.0
    seconds: float = 0.0

    @classmethod
    def of(cls, mutant: Mutant, outcome: Outcome, detail: str = "") -> "Trial":
        """A trial that has not begun."""
        return cls(mutant.id, mutant.change.place, mutant.change.where, mutant.is_harmless, outcome, detail=detail)


def news(before: Sequence[Result], after: Sequence[Result]) -> list[Result]:
    """Failures and unknowns that were not there, message and all."""
    known = {(result.rule, result.object, result.verdict, result.message) for result in before}
    return [
        result
        for result in after
        if result.verdict in _BAD and (result.rule, result.object, result.verdict, result.message) not in known
    ]


def louder(before: Sequence[Result], after: Sequence[Result]) -> list[Result]:
    """Failures and unknowns about objects that had none of the same rule."""
    known = {(result.rule, result.object, result.verdict) for result in before if result.verdict in _BAD}
    return [
        result
        for result in after
        if result.verdict in _BAD and (result.rule, result.object, result.verdict) not in known
    ]


def judge(mutant: Mutant, before: Sequence[Result], under: Sequence[Result]) -> tuple[Outcome, list[Result]]:
    """What the results under the mutant make of it, and which of them do.

    A change that takes away evidence is noticed only where something could not be checked because of it: whatever
    else was found, `verify` then exits with 3.
    """
    if mutant.is_harmless:
        alarms = louder(before, under)
        return (Outcome.FALSE_ALARM if alarms else Outcome.QUIET), alarms
    found = news(before, under)
    named = [result for result in found if mutant.change.names in f"{result.object} {result.message}"]
    if mutant.change.unknown and all(result.verdict is not Verdict.UNKNOWN for result in found):
        named = []
    return (Outcome.NOTICED if named else Outcome.SURVIVED), named
