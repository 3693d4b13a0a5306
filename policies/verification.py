"""The outcome of a verification: results with suppressions and baseline applied, and the exit code they mean."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from policies.evaluate import Result, Verdict
from policies.facts.facts import Facts, Plane
from policies.rule import Rule, Severity
from policies.suppression import Suppression

ALL_PASS, FINDINGS, COULD_NOT_CHECK = 0, 1, 3


@dataclass(frozen=True)
class Verification:
    """What was judged on one stack.

    `results` are the open ones; `suppressed` and `known` failures were set aside by a suppression or by the baseline.
    `stale` are suppressions that have expired or that nothing needs. `seconds` is the time of each plane.
    """

    stack: str
    started: datetime
    rules: tuple[Rule, ...]
    results: tuple[Result, ...]
    fail_on: Severity
    seconds: Mapping[Plane, float] = field(default_factory=dict)
    facts: Mapping[Plane, Facts] = field(default_factory=dict)
    suppressed: tuple[tuple[Result, Suppression], ...] = ()
    known: tuple[Result, ...] = ()
    stale: tuple[tuple[Suppression, str], ...] = ()

    def of(self, verdict: Verdict) -> tuple[Result, ...]:
        """The results with this verdict, worst first."""
        found = (result for result in self.results if result.verdict is verdict)
        return tuple(sorted(found, key=lambda result: (-result.severity, result.rule, result.object, result.plane)))

    @property
    def findings(self) -> tuple[Result, ...]:
        """What failed, worst first."""
        return self.of(Verdict.FAIL)

    @property
    def unevaluated(self) -> tuple[Result, ...]:
        """What could not be judged, worst first."""
        return self.of(Verdict.UNKNOWN)

    @property
    def counts(self) -> Counter[Verdict]:
        """How many results there are of each verdict."""
        return Counter(result.verdict for result in self.results)

    @property
    def planes(self) -> tuple[Plane, ...]:
        """The planes that were judged."""
        return tuple(self.seconds)

    @property
    def exit_code(self) -> int:
        """0 all pass, 1 findings at or above `fail_on`, 3 where evidence was missing, whatever else was found."""
        if self.unevaluated or not self.counts[Verdict.PASS] + self.counts[Verdict.FAIL]:
            return COULD_NOT_CHECK
        return FINDINGS if self.has_failed else ALL_PASS

    @property
    def has_failed(self) -> bool:
        """Whether there are findings at or above `fail_on`."""
        return any(result.severity >= self.fail_on for result in self.findings)

    def rule(self, identifier: str) -> Rule:
        """The rule of that id."""
        return next(rule for rule in self.rules if rule.id == identifier)


def set_aside(verification: Verification, suppressions: Iterable[Suppression], baseline: Iterable[str]) -> Verification:
    """The same with suppressed and already known failures moved out of `results`."""
    suppressions, known = tuple(suppressions), frozenset(baseline)
    day = verification.started.date()
    live = [suppression for suppression in suppressions if not suppression.is_expired(day)]
    open_, suppressed, old = [], [], []
    for result in verification.results:
        match = next((each for each in live if each.matches(result)), None)
        if result.verdict is Verdict.FAIL and match:
            suppressed.append((result, match))
        elif result.verdict is Verdict.FAIL and fingerprint(result) in known:
            old.append(result)
        else:
            open_.append(result)
    used = {suppression for _, suppression in suppressed}
    stale = [(each, each.staleness(day)) for each in suppressions if each not in used]
    return Verification(
        stack=verification.stack,
        started=verification.started,
        rules=verification.rules,
        results=tuple(open_),
        fail_on=verification.fail_on,
        seconds=verification.seconds,
        facts=verification.facts,
        suppressed=tuple(suppressed),
        known=tuple(old),
        stale=tuple(stale),
    )


def fingerprint(result: Result) -> str:
    """What makes a failure the same one in the next run: rule, plane and object."""
    return f"{result.rule} {result.plane} {result.object}"
