"""What a rule is: one module of `policies/rules`, read into a value.

A rule's module holds
    a docstring     a title line, then `What:`, `Why:` and `Fix:`
    SCOPE           which objects it judges (policies/scopes)
    PLANES          on which planes
    SEVERITY        how bad a finding is
    CLAUSES         the standards' clauses it answers
    BAD, GOOD       changes to the example stack (policies/examples) that it must, and must not, find
    check(subject)  yields one message for each thing wrong; may raise Unknown or NotApplicable
"""

import importlib
import inspect
import pkgutil
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import IntEnum
from types import ModuleType
from typing import Any, Generic, Protocol, TypeVar

from infra.model.errors import ConfigurationError
from policies.facts.facts import FEEDS, Facts, Part, Plane

S_co = TypeVar("S_co", bound="Subject", covariant=True)
_SECTION = re.compile(r"^(What|Why|Fix):[ \n]", re.MULTILINE)


class Severity(IntEnum):
    """How bad a finding is, worst last so that they compare."""

    INFO = 1
    LOW = 2
    MEDIUM = 3
    HIGH = 4
    CRITICAL = 5

    @property
    def label(self) -> str:
        """Lower-case name."""
        return self.name.lower()


class Unknown(Exception):
    """Raised by a check that lacks the evidence to judge its subject; the text says what is missing."""


class NotApplicable(Exception):
    """Raised by a check that has nothing to judge its subject by, and need not have; the text says why."""


class Subject(Protocol):
    """Something that a rule judges."""

    @property
    def address(self) -> str:
        """Where it is, as a report shows it: `postgres-shared/event_service.events`."""


@dataclass(frozen=True)
class Scope(Generic[S_co]):
    """A kind of object: `name` in the plural, the part of the facts it comes from, and how it is found there."""

    name: str
    part: Part
    subjects: Callable[[Facts], Iterable[S_co]]


@dataclass(frozen=True)
class Rule:
    """One rule as it is run, listed and documented."""

    id: str
    title: str
    what: str
    why: str
    fix: str
    scope: Scope[Any]
    planes: tuple[Plane, ...]
    severity: Severity
    clauses: tuple[str, ...]
    bad: str
    good: str
    check: Callable[[Any], Iterator[str]]
    source: str


def load_rules(package: str = "policies.rules") -> tuple[Rule, ...]:
    """Every rule of the package by id. Raises ConfigurationError naming the rule that is not complete."""
    folder = importlib.import_module(package)
    names = sorted(module.name for module in pkgutil.iter_modules(folder.__path__))
    return tuple(rule_of(importlib.import_module(f"{package}.{name}")) for name in names)


def rule_of(module: ModuleType) -> Rule:
    """The rule that a module declares."""
    name = module.__name__.rpartition(".")[2]
    title, sections = _docstring(name, inspect.getdoc(module) or "")
    try:
        rule = Rule(
            id=name,
            title=title,
            what=sections["What"],
            why=sections["Why"],
            fix=sections["Fix"],
            scope=module.SCOPE,
            planes=module.PLANES,
            severity=module.SEVERITY,
            clauses=module.CLAUSES,
            bad=module.BAD.strip(),
            good=module.GOOD.strip(),
            check=module.check,
            source=f"{module.__name__.replace('.', '/')}.py",
        )
    except (AttributeError, KeyError) as error:
        raise ConfigurationError(f"rule {name}: {error}", "see policies/rule.py for what a rule holds") from error
    _require_sources(rule)
    return rule


def _docstring(name: str, text: str) -> tuple[str, dict[str, str]]:
    title, _, rest = text.partition("\n\n")
    pieces = _SECTION.split(rest)
    sections = {key: inspect.cleandoc(body).strip() for key, body in zip(pieces[1::2], pieces[2::2], strict=True)}
    if list(sections) != ["What", "Why", "Fix"] or not title.endswith("."):
        raise ConfigurationError(
            f"rule {name}: expected a title line, then 'What:', 'Why:' and 'Fix:', got {list(sections)}",
            "see policies/rule.py for what a rule holds",
        )
    return title, sections


def _require_sources(rule: Rule) -> None:
    for plane in rule.planes:
        if rule.scope.part not in FEEDS[plane]:
            raise ConfigurationError(
                f"rule {rule.id}: judges '{rule.scope.part}' on plane '{plane}', which no source feeds",
                "drop the plane or add the source in policies/facts/facts.py",
            )
