"""What the verifier says before, under and after a mutant, and what that makes of the mutant. Pure."""

from collections.abc import Iterable, Iterator, Sequence
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
    BROKEN = "could not be tried"

    @property
    def is_good(self) -> bool:
        """Whether the verifier did what it has to."""
        return self in (Outcome.NOTICED, Outcome.QUIET)


@dataclass(frozen=True)
class Trial:
    """One mutant tried: the rules that named it, or what went wrong."""

    mutant: str
    place: str
    where: str
    outcome: Outcome
    rules: tuple[str, ...] = ()
    detail: str = ""
    seconds: float = 0.0


def slots(mutant: Mutant) -> str:
    """What nobody else may change at the same time."""
    return "containers" if mutant.change.place == "containers" else mutant.change.where or mutant.change.place


def batches(mutants: Iterable[Mutant]) -> Iterator[tuple[Mutant, ...]]:
    """Mutants that can be tried together: at most one for each slot, and harmless ones only with their like."""
    waiting = sorted(mutants, key=lambda mutant: mutant.is_harmless)
    while waiting:
        taken: dict[str, Mutant] = {}
        for mutant in waiting:
            if mutant.is_harmless == waiting[0].is_harmless:
                taken.setdefault(slots(mutant), mutant)
        yield tuple(taken.values())
        waiting = [mutant for mutant in waiting if mutant not in taken.values()]


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


def judge(
    mutant: Mutant, before: Sequence[Result], under: Sequence[Result], alone: bool
) -> tuple[Outcome, list[Result]]:
    """What the results under the mutant make of it; `alone` where nothing else was changed at the same time."""
    if mutant.is_harmless:
        alarms = [result for result in louder(before, under) if alone or concerns(mutant, result)]
        return (Outcome.FALSE_ALARM if alarms else Outcome.QUIET), alarms
    wanted = _BAD if mutant.change.unknown else (Verdict.FAIL,)
    named = [
        result
        for result in news(before, under)
        if result.verdict in wanted and mutant.change.names in f"{result.object} {result.message}"
        if concerns(mutant, result)
    ]
    return (Outcome.NOTICED if named else Outcome.SURVIVED), named


def concerns(mutant: Mutant, result: Result) -> bool:
    """Whether the result is about the server that the mutant changed."""
    if mutant.change.place in ("postgres", "files"):
        return mutant.change.where in f"{result.object} {result.message}"
    return True
