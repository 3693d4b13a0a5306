"""Tries mutants on a deployed stack: changes it, asks the verifier, takes the change back, asks again."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import cycle
from typing import Any, Protocol

import psycopg

from cli.rendered import declared_changesets
from cli.stack_access import StackAccess
from cli.verifier_access import verifier_access
from infra.model.cache import ROLES, container_name
from infra.model.errors import AqdataError
from policies.evaluate import Result, evaluate
from policies.facts.changesets import Changeset
from policies.facts.facts import Facts, Part
from policies.mutants.change_containers import ContainerChanges
from policies.mutants.change_files import FileChanges
from policies.mutants.change_minio import MinioChanges
from policies.mutants.change_postgres import PostgresChanges, variables
from policies.mutants.change_redis import RedisChanges
from policies.mutants.ground import Ground, Login
from policies.mutants.mutant import Mutant, Place
from policies.mutants.trial import Outcome, Trial, batches, concerns, judge, louder
from policies.rule import Rule, load_rules
from policies.sources.live.access import Access
from policies.sources.live.stack import Reading, read_stack

PARTS: Mapping[str, frozenset[Part]] = {
    "postgres": frozenset({"catalog", "settings", "hba", "server", "changelog", "probes"}),
    "caches": frozenset({"cache", "objects"}),
    "containers": frozenset({"containers", "networks", "reach"}),
}
_PHASES: Mapping[Place, str] = {
    "postgres": "postgres",
    "files": "postgres",
    "redis": "caches",
    "minio": "caches",
    "containers": "containers",
}
_SETTLING_SECONDS = 0.3
Report = Callable[[Trial], None]


class Changes(Protocol):
    """Makes changes of one place and takes them back."""

    def apply(self, mutant: Mutant) -> None:
        """Make the change."""

    def undo(self, mutant: Mutant) -> None:
        """Take it back."""


@dataclass
class SelfTest:
    """The self-test of one deployed stack that may be broken."""

    access: StackAccess
    way_in: Access = field(init=False, repr=False)

    @cached_property
    def changesets(self) -> tuple[Changeset, ...]:
        """Every declared changeset."""
        return declared_changesets(self.access.intent)

    @cached_property
    def ground(self) -> Ground:
        """The stack, as whoever set it up."""
        return Ground(self.access.intent, *_logins(self.access))

    @cached_property
    def changes(self) -> dict[Place, Changes]:
        """Who makes the changes of each place."""
        return {
            "postgres": PostgresChanges(self.ground),
            "files": FileChanges(self.ground),
            "redis": RedisChanges(self.ground),
            "minio": MinioChanges(self.ground),
            "containers": ContainerChanges(self.ground),
        }

    @cached_property
    def rules(self) -> tuple[Rule, ...]:
        """Every rule of the live plane."""
        return tuple(rule for rule in load_rules() if "live" in rule.planes)

    def run(self, mutants: Iterable[Mutant], report: Report) -> list[Trial]:
        """Every trial."""
        chosen = list(mutants)
        trials: list[Trial] = []
        with verifier_access(self.access.intent, self.access.outputs()) as self.way_in:
            for phase in PARTS:
                ours = [mutant for mutant in chosen if _PHASES[mutant.change.place] == phase]
                if ours:
                    trials += self._phase(phase, ours, report)
        return trials

    def _phase(self, phase: str, mutants: Sequence[Mutant], report: Report) -> list[Trial]:
        before: Sequence[Result]
        before, facts = self._verdicts(phase)
        placed = self._placed(mutants, facts)
        found: list[Trial] = []
        for batch in batches(placed):
            trials, before = self._batch(phase, batch, before)
            for trial in trials:
                report(trial)
            found += trials
        return found

    def _batch(
        self, phase: str, batch: Sequence[Mutant], before: Sequence[Result]
    ) -> tuple[list[Trial], Sequence[Result]]:
        start = time.monotonic()
        broken = self._each(batch, lambda mutant: self.changes[mutant.change.place].apply(mutant))
        tried = [mutant for mutant in batch if mutant.id not in broken]
        time.sleep(_SETTLING_SECONDS)
        under, _ = self._verdicts(phase)
        stuck = self._each(tried, lambda mutant: self.changes[mutant.change.place].undo(mutant))
        time.sleep(_SETTLING_SECONDS)
        after, _ = self._verdicts(phase)
        seconds = (time.monotonic() - start) / len(batch)
        noise = louder(before, after)
        trials = []
        for mutant in batch:
            trial = Trial(mutant.id, mutant.change.place, mutant.change.where, Outcome.BROKEN, seconds=seconds)
            if mutant.id in broken or mutant.id in stuck:
                trials.append(replace(trial, detail=(broken | stuck)[mutant.id]))
                continue
            outcome, named = judge(mutant, before, under, alone=len(batch) == 1)
            left = [result for result in noise if len(batch) == 1 or concerns(mutant, result)]
            if outcome.is_good and left:
                outcome, named = Outcome.NOT_SILENT, left
            rules = tuple(sorted({result.rule for result in named}))
            detail = "" if outcome is Outcome.NOTICED else "; ".join(f"{r.object}: {r.message}" for r in named[:2])
            trials.append(replace(trial, outcome=outcome, rules=rules, detail=detail))
        return trials, after

    def _each(self, batch: Sequence[Mutant], act: Callable[[Mutant], None]) -> dict[str, str]:
        """Act on all at once; what failed, with its reason."""

        def tried(mutant: Mutant) -> str:
            try:
                act(mutant)
            except (AqdataError, psycopg.Error) as error:
                return str(error).strip().splitlines()[0]
            except Exception as error:  # noqa: BLE001 Docker's, Redis's and MinIO's own: the trial is broken, others go on
                return f"{type(error).__name__}: {error}"[:300]
            return ""

        with ThreadPoolExecutor(max(1, len(batch))) as pool:
            failed = zip(batch, pool.map(tried, batch), strict=True)
            return {mutant.id: reason for mutant, reason in failed if reason}

    def _verdicts(self, phase: str) -> tuple[tuple[Result, ...], Facts]:
        parts = PARTS[phase]
        facts = read_stack(Reading(self.way_in, self.access.intent, parts, changesets=self.changesets))
        return evaluate([rule for rule in self.rules if rule.scope.part in parts], facts), facts

    def _placed(self, mutants: Sequence[Mutant], facts: Facts) -> list[Mutant]:
        """The mutants with a server each, and their variables filled."""
        homes = cycle(self._homes(facts)) if facts.catalogs else None
        return [self._place(mutant, facts, homes) for mutant in mutants]

    def _homes(self, facts: Facts) -> list[str]:
        """The instances that have a tenant table."""
        services = self.access.intent.services.values()
        homes = {service.instance for service in services if any(t.is_tenant_scoped for t in service.tables.values())}
        return sorted(homes & facts.catalogs.keys())

    def _place(self, mutant: Mutant, facts: Facts, homes: Any) -> Mutant:
        change = mutant.change
        if change.place == "postgres":
            where = change.where or next(homes)
            changed = mutant.model_copy(update={"change": change.model_copy(update={"where": where})})
            return changed.filled(self._variables(facts, where)) if mutant.variables else changed
        if "maxmemory" in mutant.variables:
            return mutant.filled({"maxmemory": RedisChanges(self.ground).maxmemory(change.where)})
        return mutant

    def _variables(self, facts: Facts, instance: str) -> dict[str, str]:
        services = self.access.intent.services_on(instance)
        home = next(service for service in services if any(t.is_tenant_scoped for t in service.tables.values()))
        return variables(facts.catalogs[instance], home, self._verifiers(instance))

    def _verifiers(self, instance: str) -> dict[str, str]:
        if instance not in self._known_verifiers:
            self._known_verifiers[instance] = PostgresChanges(self.ground).verifiers(instance)
        return self._known_verifiers[instance]

    @cached_property
    def _known_verifiers(self) -> dict[str, dict[str, str]]:
        return {}


def _logins(access: StackAccess) -> tuple[dict[str, Login], dict[tuple[str, str], Login]]:
    """The provisioners' accounts from the state, and the services' from the outputs."""
    outputs = access.outputs()
    deployment = access.engine.export(show_secrets=True)["deployment"]
    provisioners = {}
    for resource in deployment["resources"]:
        found = _opened(resource.get("inputs", {}).get("login"))
        if resource["type"] in ("aqstream:redis:Server", "aqstream:minio:Server") and found:
            name = resource["urn"].rpartition("::")[2]
            provisioners[name] = _login(found)
    services = {
        (container_name(role), name): _service_login(outputs, container_name(role), credentials["redis"])
        for role in ROLES
        for name, credentials in outputs["credentials"].items()
        if credentials.get("redis")
    }
    return provisioners, services


def _login(found: Mapping[str, Any]) -> Login:
    user, secret = ("username", "password") if "username" in found else ("accessKey", "secretKey")
    return Login(found["host"], int(found["port"]), found[user], found[secret], found["authority"])


def _service_login(outputs: Mapping[str, Any], server: str, credentials: Mapping[str, Any]) -> Login:
    endpoint = outputs["endpoints"][server]
    return Login(
        endpoint["host"],
        int(endpoint["port"]),
        credentials["username"],
        credentials["password"],
        outputs["authority"],
    )


def _opened(value: Any) -> Any:
    """A value of an exported state with its secrets in plain."""
    if isinstance(value, Mapping):
        if "plaintext" in value:
            return json.loads(value["plaintext"])
        return {key: _opened(item) for key, item in value.items()}
    return value
