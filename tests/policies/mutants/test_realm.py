"""Mutants go to the realm that they change, and whatever happens there, each is undone."""

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from cli.catalogs import rendered
from infra.model.errors import CannotCheck
from infra.model.intent import Intent
from infra.model.loading import load_intent
from infra.model.tenancy import InstanceTenancy
from policies.facts.catalog import Catalog, Grant, Relation
from policies.facts.facts import Facts, Part
from policies.mutants.changes.changes import Changes
from policies.mutants.ground import Ground
from policies.mutants.lasting import differences, lasting
from policies.mutants.mutant import Change, Mutant, load_mutants
from policies.mutants.realm import Look, Realm
from policies.mutants.realms import CACHES, STORE, WHOLE, distributed
from policies.mutants.trial import Outcome
from policies.mutants.variables import variables
from policies.sources.live.access import Access
from policies.sources.live.stack import Reading

INTENT = load_intent("dev")
TENANTED = {
    each.schema_name for each in INTENT.services.values() if any(t.is_tenant_scoped for t in each.tables.values())
}
MUTANT = Mutant(
    id="some_mutant",
    change=Change(about="A change", place="minio", apply="break", undo="mend", names="minio"),
)


@dataclass
class Recorded(Changes):
    """Notes its steps, and fails at the one it is told to fail at."""

    steps_taken: list[str] = field(default_factory=list)
    fails_at: str = ""

    def step(self, where: str, text: str) -> None:
        self.steps_taken.append(text)
        if text == self.fails_at:
            raise CannotCheck(f"{where} does not {text}")


@dataclass
class Scripted(Realm):
    """Sees what it is told to see."""

    sights: list[Look | Exception] = field(default_factory=list)

    def look(self, parts: frozenset[Part]) -> Look:
        seen = self.sights.pop(0) if len(self.sights) > 1 else self.sights[0]
        if isinstance(seen, Exception):
            raise seen
        return seen


WELL = Look({}, ())


def realm(changes: Changes, *sights: Look | Exception) -> Realm:
    return Scripted("store", Reading(Access({}, Path()), INTENT), {"minio": changes}, sights=list(sights))


def test_a_mutant_that_nothing_is_said_of_survives_and_is_undone() -> None:
    changes = Recorded(Ground(INTENT, {}, {}))
    assert realm(changes, WELL).attempt(MUTANT).outcome is Outcome.SURVIVED
    assert changes.steps_taken == ["break", "mend"]


def test_a_mutant_is_undone_where_the_verifier_gives_up() -> None:
    changes = Recorded(Ground(INTENT, {}, {}))
    assert realm(changes, WELL, ValueError("no number"), WELL).attempt(MUTANT).outcome is Outcome.CRASHED
    assert changes.steps_taken == ["break", "mend"]


def test_a_mutant_that_breaks_half_way_is_undone_and_named_with_its_cause() -> None:
    changes = Recorded(Ground(INTENT, {}, {}), fails_at="break")
    trial = realm(changes, WELL).attempt(MUTANT)
    assert (trial.outcome, changes.steps_taken) == (Outcome.BROKEN, ["break", "mend"])
    assert "does not break" in trial.detail


def test_changes_go_to_their_servers_and_those_of_the_stack_as_a_whole_apart() -> None:
    found = distributed(load_mutants(), INTENT)
    assert found.keys() == {*INTENT.stack.instances, CACHES, STORE, WHOLE}
    assert {mutant.change.place for mutant in found[WHOLE]} == {"containers"}
    for instance in INTENT.stack.instances:
        assert {mutant.change.where for mutant in found[instance]} == {instance}


def test_what_a_stack_has_not_the_shape_for_is_not_tried() -> None:
    needing = {mutant.id for mutant in load_mutants() if mutant.change.needs}
    tried = {mutant.id for mutants in distributed(load_mutants(), INTENT).values() for mutant in mutants}
    assert needing
    assert not needing & tried


def test_the_order_of_what_a_server_lists_is_no_difference() -> None:
    one, other = (Grant(grantee=name, privilege="SELECT", grantable=False, grantor="owner") for name in ("a", "b"))
    facts = [
        lasting(Facts("live", INTENT, catalogs={"postgres-user": Catalog("postgres-user", "d", database_acl=acl)}))
        for acl in ((one, other), (other, one), (one,))
    ]
    assert differences(facts[0], facts[1]) == []
    assert differences(facts[0], facts[2]) == ["postgres-user.database_acl"]


def test_how_many_rows_a_server_counts_is_no_difference() -> None:
    facts = [
        lasting(
            Facts(
                "live",
                INTENT,
                catalogs={
                    "postgres-user": Catalog(
                        "postgres-user", "d", relations=(Relation("s", "t", "table", "o", held_rows=rows),)
                    )
                },
            )
        )
        for rows in (0, 2)
    ]
    assert differences(*facts) == []


def signed() -> Intent:
    """The development stack with payment's context signed."""
    payment = INTENT.stack.instances["postgres-payment"]
    instances = INTENT.stack.instances | {
        "postgres-payment": payment.model_copy(update={"tenancy": InstanceTenancy(context="signed")})
    }
    return INTENT.model_copy(update={"stack": INTENT.stack.model_copy(update={"instances": instances})})


def test_what_bends_the_signed_context_goes_to_a_signed_instance() -> None:
    needing = {mutant.id for mutant in load_mutants() if mutant.change.needs == "signed"}
    found = distributed(load_mutants(), signed())
    placed = {mutant.id: name for name, mutants in found.items() for mutant in mutants}
    assert {placed[mutant] for mutant in needing} == {"postgres-payment"}


@pytest.mark.parametrize("intent", [INTENT, signed()], ids=["plain", "signed"])
def test_every_instance_that_mutants_go_to_has_what_they_are_filled_with(intent: Intent) -> None:
    catalogs = rendered(intent)
    for name, mutants in distributed(load_mutants(), intent).items():
        for mutant in mutants:
            if mutant.change.place == "postgres" and mutant.variables:
                scoped = (each for each in intent.services_on(name) if each.schema_name in TENANTED)
                mutant.filled(variables(catalogs[name], next(scoped), {}))


@pytest.mark.parametrize("name", ["nothing", "where"])
def test_a_variable_without_a_value_is_named(name: str) -> None:
    change = MUTANT.change.model_copy(update={"apply": f"break <{name}>"})
    with pytest.raises(Exception, match=f"no value for <{name}>"):
        Mutant(id="some_mutant", change=change).filled({"table": "x"})
