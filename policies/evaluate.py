"""Rules over facts: one result for each rule, plane and object; nothing is passed without evidence."""

import fnmatch
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from policies.facts.facts import Facts, Plane
from policies.rule import NotApplicable, Rule, Severity, Subject, Unknown

_ONE_SOLVER = threading.Lock()
"""z3 keeps its terms in one context, which threads may not share: drills judge several copies at a time."""


class Verdict(StrEnum):
    """What a rule says about an object."""

    PASS = "pass"  # noqa: S105 a verdict, no password
    FAIL = "fail"
    UNKNOWN = "unknown"
    NOT_APPLICABLE = "not applicable"


@dataclass(frozen=True, slots=True)
class Result:
    """One verdict with its reason; `message` is empty for a pass."""

    rule: str
    severity: Severity
    plane: Plane
    object: str
    verdict: Verdict
    message: str = ""


def select(rules: Iterable[Rule], patterns: Iterable[str]) -> tuple[Rule, ...]:
    """The rules whose id or part matches any of the globs, `cache,objects` being two; all where there is none."""
    globs = [glob for pattern in patterns for glob in pattern.split(",")]
    return tuple(rule for rule in rules if not globs or any(_is_called(rule, glob) for glob in globs))


def _is_called(rule: Rule, glob: str) -> bool:
    return fnmatch.fnmatch(rule.id, glob) or fnmatch.fnmatch(rule.scope.part, glob)


def evaluate(rules: Iterable[Rule], facts: Facts) -> tuple[Result, ...]:
    """Every rule of the facts' plane, judged; of two threads one waits."""
    with _ONE_SOLVER:
        return _judged(rules, facts)


def _judged(rules: Iterable[Rule], facts: Facts) -> tuple[Result, ...]:
    return tuple(result for rule in rules if facts.plane in rule.planes for result in _judge(rule, facts))


def _judge(rule: Rule, facts: Facts) -> Iterator[Result]:
    missing = facts.unread_of(rule.scope.part)
    for gap in missing:
        yield _result(rule, facts, gap.object, Verdict.UNKNOWN, gap.reason)
    try:
        subjects = list(rule.scope.subjects(facts))
    except Exception as error:  # noqa: BLE001 a broken rule must not hide the others' verdicts
        yield _result(rule, facts, rule.scope.name, Verdict.UNKNOWN, _raised(error))
        return
    for subject in subjects:
        yield from _judge_subject(rule, facts, subject)
    if not subjects and not missing:
        yield _result(rule, facts, facts.intent.stack.name, Verdict.NOT_APPLICABLE, f"no {rule.scope.name}")


def _judge_subject(rule: Rule, facts: Facts, subject: Subject) -> Iterator[Result]:
    try:
        problems = list(rule.check(subject))
    except Unknown as unknown:
        yield _result(rule, facts, subject.address, Verdict.UNKNOWN, str(unknown))
    except NotApplicable as reason:
        yield _result(rule, facts, subject.address, Verdict.NOT_APPLICABLE, str(reason))
    except Exception as error:  # noqa: BLE001 a broken rule must not hide the others' verdicts
        yield _result(rule, facts, subject.address, Verdict.UNKNOWN, _raised(error))
    else:
        for problem in problems:
            yield _result(rule, facts, subject.address, Verdict.FAIL, problem)
        if not problems:
            yield _result(rule, facts, subject.address, Verdict.PASS)


def _raised(error: Exception) -> str:
    return f"the rule raised {type(error).__name__}: {error}"


def _result(rule: Rule, facts: Facts, where: str, verdict: Verdict, message: str = "") -> Result:
    return Result(rule.id, rule.severity, facts.plane, where, verdict, message)
