"""The rule on the state's files finds its BAD and passes its GOOD, in files of its own."""

from pathlib import Path

import pytest

from policies.evaluate import Verdict
from policies.facts.facts import Facts
from policies.rule import Rule
from policies.sources.live.access import Access
from policies.sources.live.stack import Reading, read_stack
from tests.policies.examples.world import INSTANCE, example_intent, rules_of, verdict

PASSWORD = "a-password-of-forty-characters-or-so"
FILES = {"state: plain": f'{{"password": "{PASSWORD}"}}', "state: encrypted": '{"password": {"ciphertext": "v1:x"}}'}


def facts_of(folder: Path) -> Facts:
    access = Access({}, folder / "authority.pem", {(INSTANCE, "shop_app"): PASSWORD})
    return read_stack(Reading(access, example_intent(), frozenset({"state"}), state=folder / "state"))


@pytest.mark.parametrize(("kind", "expected"), [("bad", Verdict.FAIL), ("good", Verdict.PASS)])
@pytest.mark.parametrize("rule", rules_of("state"), ids=lambda rule: rule.id)
def test_in_a_file_of_the_state(rule: Rule, kind: str, expected: Verdict, tmp_path: Path) -> None:
    history = tmp_path / "state" / ".pulumi" / "history" / "dev.json"
    history.parent.mkdir(parents=True)
    history.write_text(FILES[getattr(rule, kind)])
    assert verdict(rule, facts_of(tmp_path)) is expected
