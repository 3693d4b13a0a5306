"""Every mutant's file has the form that the self-test needs, in a language that its place understands."""

import re
import shlex

import pytest
from pglast import parse_sql

from infra.model.loading import load_intent
from infra.model.object_access import backup_user
from policies.mutants.ground import STORE, Ground, Login
from policies.mutants.mutant import FOLDER, PLACES, Mutant, load_mutants
from policies.mutants.realms import CHANGES
from policies.rule import load_rules

MUTANTS = load_mutants()
HARMFUL = [mutant for mutant in MUTANTS if not mutant.is_harmless]
HARMLESS = [mutant for mutant in MUTANTS if mutant.is_harmless]
PAGE = (FOLDER.parents[1] / "docs" / "selftest.md").read_text(encoding="utf-8")
NOBODY = Login("127.0.0.1", 1, "nobody", "unused", "")
INTENT = load_intent("dev")
GROUND = Ground(INTENT, {STORE: NOBODY}, {(STORE, backup_user(name)): NOBODY for name in INTENT.stack.instances})
IN_SQL = [mutant for mutant in MUTANTS if mutant.change.place == "postgres"]
IN_VERBS = [mutant for mutant in MUTANTS if mutant.change.place not in ("postgres", "redis")]


def called(mutant: Mutant) -> str:
    return mutant.id


def test_there_are_at_least_seventy_mutants_and_fifteen_harmless_changes() -> None:
    assert len(HARMFUL) >= 70
    assert len(HARMLESS) >= 15


@pytest.mark.parametrize("place", PLACES)
def test_every_place_has_mutants(place: str) -> None:
    assert any(mutant.change.place == place for mutant in HARMFUL)


@pytest.mark.parametrize("mutant", MUTANTS, ids=called)
def test_a_mutant_says_what_it_does_and_how_it_is_undone(mutant: Mutant) -> None:
    assert mutant.change.about[0].isupper()
    assert not mutant.change.about.endswith(".")
    assert mutant.change.apply.strip() != mutant.change.undo.strip()
    assert re.fullmatch(r"[a-z][a-z0-9_]+", mutant.id)


@pytest.mark.parametrize("mutant", HARMFUL, ids=called)
def test_a_mutant_lies_in_the_folder_of_its_place(mutant: Mutant) -> None:
    assert (FOLDER / mutant.change.place / f"{mutant.id}.yaml").is_file()


@pytest.mark.parametrize("mutant", IN_SQL, ids=called)
def test_sql_can_be_parsed_once_its_variables_have_values(mutant: Mutant) -> None:
    values = dict.fromkeys(mutant.variables, "x")
    values |= {name: "SELECT 1" for name in mutant.variables if name.endswith("_policies")}
    values |= {name: "CHECK (true)" for name in mutant.variables if name.endswith("_definition")}
    filled = mutant.filled(values)
    assert parse_sql(filled.change.apply)
    assert parse_sql(filled.change.undo)


@pytest.mark.parametrize("mutant", IN_VERBS, ids=called)
def test_every_verb_is_one_of_its_place(mutant: Mutant) -> None:
    known = CHANGES[mutant.change.place](GROUND).verbs(mutant.change.where)
    steps = [*mutant.change.apply.splitlines(), *mutant.change.undo.splitlines()]
    assert {shlex.split(step)[0] for step in steps} <= known.keys()


@pytest.mark.parametrize("mutant", [each for each in MUTANTS if each.change.where], ids=called)
def test_a_server_that_is_named_is_one_of_the_stack(mutant: Mutant) -> None:
    assert mutant.change.where in INTENT.stack.ports


def test_evidence_that_is_taken_away_is_among_the_mutants() -> None:
    blinding = {mutant.id for mutant in HARMFUL if mutant.change.unknown}
    assert {"probe_login_refused", "tables_cannot_be_written", "verifier_is_blind", "cipher_key_wrong"} <= blinding


def test_the_page_names_only_mutants_and_rules_that_exist() -> None:
    named = set(re.findall(r"`([a-z]+(?:_[a-z0-9]+)+)`", PAGE))
    assert named <= {mutant.id for mutant in MUTANTS} | {rule.id for rule in load_rules()}


def test_the_page_covers_each_misconfiguration_of_the_reference() -> None:
    numbers = [int(number) for number in re.findall(r"^\| (\d+) \|", PAGE, re.MULTILINE)]
    assert numbers == list(range(1, 27))
