"""What every rule has to be: documented, executable, known by one name."""

from pathlib import Path
from types import ModuleType

import pytest

from cli.commands.rules import DOCUMENT
from cli.report.rule_text import rules_markdown
from infra.model.errors import ConfigurationError
from policies.rule import Rule, load_rules, rule_of

RULES = load_rules()
FOLDER = Path(__file__).parents[2] / "policies" / "rules"


def test_there_are_at_least_eighty_rules() -> None:
    assert len(RULES) >= 80


def test_a_rule_is_called_like_its_file() -> None:
    assert {rule.id for rule in RULES} == {path.stem for path in FOLDER.glob("*.py")} - {"__init__"}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_is_documented_and_cites_what_it_answers(rule: Rule) -> None:
    assert all((rule.what, rule.why, rule.fix, rule.clauses))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_has_two_examples_that_differ(rule: Rule) -> None:
    assert rule.bad
    assert rule.bad != rule.good


def test_the_documentation_is_current() -> None:
    assert DOCUMENT.read_text(encoding="utf-8") == rules_markdown(RULES)


def test_a_rule_for_a_plane_that_nothing_feeds_is_refused() -> None:
    module = ModuleType("policies.rules.impossible")
    found = next(rule for rule in RULES if rule.scope.part == "probes")
    module.__doc__ = "Title.\n\nWhat: a.\nWhy: b.\nFix: c.\n"
    for name, value in {
        "SCOPE": found.scope,
        "PLANES": ("plan",),
        "SEVERITY": found.severity,
        "CLAUSES": ("x",),
        "BAD": "a",
        "GOOD": "b",
        "check": found.check,
    }.items():
        setattr(module, name, value)
    with pytest.raises(ConfigurationError, match="no source feeds"):
        rule_of(module)


def test_a_rule_without_its_sections_is_refused() -> None:
    module = ModuleType("policies.rules.silent")
    module.__doc__ = "Title.\n\nWhat: a.\n"
    with pytest.raises(ConfigurationError, match="silent"):
        rule_of(module)
