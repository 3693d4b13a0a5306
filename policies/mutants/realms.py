"""A stack as realms: one for each instance, one for the caches, one for the store, and the stack as a whole."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from itertools import cycle

from infra.model.intent import Intent
from policies.mutants.changes.backups import BackupChanges
from policies.mutants.changes.changes import Changes
from policies.mutants.changes.consensus import ConsensusChanges
from policies.mutants.changes.containers import ContainerChanges
from policies.mutants.changes.files import FileChanges
from policies.mutants.changes.minio import MinioChanges
from policies.mutants.changes.pooler import PoolerChanges
from policies.mutants.changes.postgres import PostgresChanges
from policies.mutants.changes.redis import RedisChanges
from policies.mutants.changes.replicas import ReplicaChanges
from policies.mutants.ground import Ground
from policies.mutants.mutant import CLUSTER_PLACES, PLACES, Mutant, Place
from policies.mutants.realm import Realm
from policies.sources.live.stack import Reading

CHANGES: Mapping[Place, type[Changes]] = {
    "postgres": PostgresChanges,
    "files": FileChanges,
    "backups": BackupChanges,
    "replicas": ReplicaChanges,
    "pooler": PoolerChanges,
    "redis": RedisChanges,
    "minio": MinioChanges,
    "consensus": ConsensusChanges,
    "containers": ContainerChanges,
}
CACHES, STORE, WHOLE = "caches", "store", "stack"
"""WHOLE is the realm of changes that the others would feel; nothing may be tried beside it."""
_REALM_OF: Mapping[Place, str] = {"redis": CACHES, "minio": STORE, "consensus": STORE, "containers": WHOLE}


@contextmanager
def opened_realms(whole: Reading, ground: Ground) -> Iterator[dict[str, Realm]]:
    """Every realm by name, of a stack that is read so as a whole; their sessions end with the context."""
    intents = {name: ground.intent.only(name) for name in ground.intent.stack.instances}
    intents |= dict.fromkeys((CACHES, STORE, WHOLE), ground.intent)
    with ExitStack() as held:
        realms = {}
        for name, intent in intents.items():
            changes = {place: kind(ground) for place, kind in CHANGES.items()}
            for each in changes.values():
                held.callback(each.close)
            realms[name] = Realm(name, replace(whole, intent=intent), changes)
        yield realms


def distributed(mutants: Sequence[Mutant], intent: Intent) -> dict[str, list[Mutant]]:
    """Each mutant that fits the stack under its realm's name: mutants first, then what is harmless, backups last.

    One without a server goes to the instances with tenant tables, in turn, or to those with replicas.
    """
    homes = {is_signed: cycle(_homes(intent, is_signed)) for is_signed in (False, True)}
    replicated = cycle(intent.stack.replicated)
    found: dict[str, list[Mutant]] = defaultdict(list)
    for mutant in sorted(mutants, key=lambda each: (each.is_harmless, PLACES.index(each.change.place))):
        if mutant.fits(intent):
            placed = mutant
            if mutant.change.place == "postgres" and not mutant.change.where:
                placed = mutant.at(next(homes[mutant.change.needs == "signed"]))
            elif mutant.change.place in CLUSTER_PLACES:
                placed = mutant.at(next(replicated))
            found[_REALM_OF.get(placed.change.place, placed.change.where)].append(placed)
    return dict(found)


def _homes(intent: Intent, is_signed: bool) -> list[str]:
    """The instances whose policies the changes without a server are written against."""
    services = (each for each in intent.services.values() if any(t.is_tenant_scoped for t in each.tables.values()))
    return sorted({each.instance for each in services if intent.instance_of(each).tenancy.is_signed == is_signed})
