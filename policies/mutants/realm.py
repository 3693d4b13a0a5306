"""A part of a stack in which one mutant at a time is tried: changed, verified, put back, verified again."""

import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property

import psycopg
from docker.errors import DockerException
from minio.error import MinioException
from redis.exceptions import RedisError

from infra.model.errors import AqdataError
from policies.evaluate import Result, evaluate
from policies.facts.facts import Facts, Part
from policies.mutants.changes.changes import Changes
from policies.mutants.lasting import Lasting, differences, lasting
from policies.mutants.mutant import Mutant, Place
from policies.mutants.trial import Outcome, Trial, judge, louder
from policies.rule import Rule, load_rules
from policies.sources.live.access import first_line
from policies.sources.live.stack import Reading, read_stack

CATALOG: frozenset[Part] = frozenset({"catalog", "settings", "hba", "server", "changelog"})
PARTS: Mapping[Place, frozenset[Part]] = {
    "postgres": CATALOG | {"probes"},
    "files": CATALOG | {"probes"},
    "backups": CATALOG | {"backups"},
    "replicas": CATALOG | {"probes", "replication"},
    "pooler": CATALOG | {"probes", "certificates"},
    "redis": frozenset({"cache"}),
    "minio": frozenset({"objects"}),
    "consensus": frozenset({"replication"}),
    "containers": CATALOG | {"containers", "networks", "reach", "cache"},
}
"""What is read and judged for a mutant of each place."""

_LASTING: frozenset[Part] = CATALOG - {"server"}
"""Parts of which all facts last, so that equal facts mean equal verdicts."""

SILENT_WITHIN = 20
"""Seconds that a server may take to be as it was."""
_FAILURES = (AqdataError, psycopg.Error, DockerException, RedisError, MinioException, OSError)


@dataclass(frozen=True)
class Look:
    """What was seen at one moment: the facts that last, and every verdict."""

    facts: Lasting
    results: tuple[Result, ...]


@dataclass
class Realm:
    """`reading` has the intent of the realm alone, so that the verifier reads no more than it."""

    name: str
    reading: Reading
    changes: Mapping[Place, Changes]
    last: dict[frozenset[Part], Look] = field(default_factory=dict)

    @cached_property
    def rules(self) -> tuple[Rule, ...]:
        """Every rule of the live plane."""
        return tuple(rule for rule in load_rules() if "live" in rule.planes)

    def read(self, parts: frozenset[Part]) -> Facts:
        """The facts of these parts."""
        return read_stack(replace(self.reading, parts=parts))

    def look(self, parts: frozenset[Part]) -> Look:
        """The facts of these parts, judged. Catalogs that are as they last were keep their verdicts."""
        facts = self.read(parts)
        found, known = lasting(facts), self.last.get(parts)
        if known and not differences(known.facts, found):
            fresh = [rule for rule in self._rules_of(parts) if rule.scope.part not in _LASTING]
            old = {rule.id for rule in self._rules_of(parts)} - {rule.id for rule in fresh}
            return Look(found, (*self._judged(fresh, facts), *(each for each in known.results if each.rule in old)))
        return Look(found, self._judged(self._rules_of(parts), facts))

    def _rules_of(self, parts: frozenset[Part]) -> list[Rule]:
        return [rule for rule in self.rules if rule.scope.part in parts]

    def _judged(self, rules: Sequence[Rule], facts: Facts) -> tuple[Result, ...]:
        return evaluate(rules, facts)

    def attempt(self, mutant: Mutant) -> Trial:
        """Try one mutant; whatever happens, it is undone."""
        start = time.monotonic()
        trial = Trial.of(mutant, Outcome.BROKEN)
        try:
            trial = self._tried(mutant, trial)
        except _FAILURES as error:
            trial = replace(trial, detail=f"{type(error).__name__}: {first_line(error)}"[:300])
        except Exception as error:  # noqa: BLE001 a verifier that gives up under a mutant is a result of the test
            trial = replace(trial, outcome=Outcome.CRASHED, detail=f"{type(error).__name__}: {error}"[:300])
        return replace(trial, began=start, seconds=time.monotonic() - start)

    def _tried(self, mutant: Mutant, trial: Trial) -> Trial:
        parts, changes = PARTS[mutant.change.place], self.changes[mutant.change.place]
        before = self._before(parts, changes)
        if mutant.variables:
            mutant = mutant.filled(changes.variables(mutant.change.where, before.facts))
        try:
            changes.apply(mutant)
        except _FAILURES:
            with suppress(*_FAILURES):
                changes.undo(mutant)
            raise
        try:
            under = self.look(parts)
        finally:
            changes.undo(mutant)
        after = self._settled(parts, before)
        outcome, named = judge(mutant, before.results, under.results)
        left, noise = differences(before.facts, after.facts), louder(before.results, after.results)
        if outcome.is_good and noise:
            outcome, named = Outcome.NOT_SILENT, noise
        elif outcome.is_good and left:
            outcome, named = Outcome.NOT_UNDONE, []
        rules = tuple(sorted({result.rule for result in named}))
        detail = "; ".join([*left, *(f"{each.object}: {each.message}" for each in named[:2])])
        return replace(trial, outcome=outcome, rules=rules, detail="" if outcome.is_good else detail)

    def _before(self, parts: frozenset[Part], changes: Changes) -> Look:
        if parts not in self.last:
            changes.prepare(self.name)
            self.last[parts] = self.look(parts)
        return self.last[parts]

    def _settled(self, parts: frozenset[Part], before: Look) -> Look:
        """What is seen once the server is as it was, or when it has had time enough for that."""
        deadline = time.monotonic() + SILENT_WITHIN
        while True:
            found = self.look(parts)
            is_silent = not louder(before.results, found.results) and not differences(before.facts, found.facts)
            if is_silent or time.monotonic() > deadline:
                self.last[parts] = found
                return found
            time.sleep(0.2)
