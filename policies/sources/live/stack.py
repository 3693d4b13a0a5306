"""A deployed stack's facts: every part read side by side, and what failed named with its cause."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TypeVar

import psycopg
from docker.errors import DockerException

from infra.model.errors import AqdataError, CannotCheck
from infra.model.intent import Intent
from infra.model.recovery.evidence import EVIDENCE
from policies.facts.catalog import Catalog
from policies.facts.changesets import Changeset
from policies.facts.facts import FEEDS, Facts, Part, Unread
from policies.sources.live.access import Access, first_line
from policies.sources.live.backups import read_backups
from policies.sources.live.cache.drills import read_cache_drills
from policies.sources.live.cache.sentinels import read_sentinels
from policies.sources.live.catalog import read_catalog
from policies.sources.live.certificates import read_authority, read_certificates
from policies.sources.live.containers import over_hosts, read_containers, read_networks
from policies.sources.live.engines import answering_engines
from policies.sources.live.minio import read_objects
from policies.sources.live.probes.run import Probed, joined, probe_service
from policies.sources.live.reach import read_reaches
from policies.sources.live.redis import read_caches
from policies.sources.live.replication import read_consensus, read_replication
from policies.sources.live.state_files import read_state_files

T = TypeVar("T")
VERIFIER = "verifier"
_PART_OF_QUERY: dict[str, Part] = {
    "settings": "settings",
    "file_settings": "settings",
    "hba_rules": "hba",
    "changelogs": "changelog",
    "changesets": "changelog",
    "archiver": "server",
    "replicas": "server",
    "replication_slots": "server",
    "version": "server",
}
ALL_PARTS = FEEDS["live"] - frozenset(_PART_OF_QUERY.values())
"""What is read by itself; the others come with the catalog."""
_OF_CATALOG: tuple[Part, ...] = ("catalog", "settings", "hba", "server", "changelog")
_OF_INSTANCE: tuple[Part, ...] = (*_OF_CATALOG, "probes")


@dataclass(frozen=True)
class Reading:
    """What is to be read: `parts`, and whether anything may be written into a transaction that is rolled back.

    `state` is the folder of the engine's state, None where there is none to be read; `images` are what should run;
    `evidence` is the folder of the drills' reports.
    """

    access: Access
    intent: Intent
    parts: frozenset[Part] = ALL_PARTS
    read_only: bool = False
    changesets: tuple[Changeset, ...] = ()
    state: Path | None = None
    images: frozenset[str] = frozenset()
    evidence: Path = EVIDENCE


@dataclass(frozen=True)
class _Reader:
    """A source of some parts of the facts; `object` is what is unread where it fails."""

    parts: tuple[Part, ...]
    object: str
    read: Callable[[Reading], Facts]


def read_stack(reading: Reading) -> Facts:
    """The facts of the live plane; never raises for what does not answer, but names it in `unread`."""
    instances = {name: partial(_instance, name=name) for name in reading.intent.stack.instances}
    readers = [_Reader(_OF_INSTANCE, name, read) for name, read in instances.items()]
    readers += [each for part, each in _OTHERS.items() if part in reading.parts]
    with ThreadPoolExecutor(len(readers)) as pool:
        return _merged(reading, list(pool.map(partial(_read, reading), readers)))


def _read(reading: Reading, reader: "_Reader") -> Facts:
    try:
        return reader.read(reading)
    except Exception as error:  # noqa: BLE001 a broken source must not hide what the others see
        raised = f"reading it raised {type(error).__name__}: {first_line(error)}"
        gaps = tuple(Unread(part, reader.object, raised) for part in reader.parts)
        return Facts("live", reading.intent, unread=gaps)


def _merged(reading: Reading, pieces: Sequence[Facts]) -> Facts:
    return Facts(
        plane="live",
        intent=reading.intent,
        catalogs={name: catalog for piece in pieces for name, catalog in piece.catalogs.items()},
        containers=_chained(piece.containers for piece in pieces),
        images=reading.images,
        networks=_chained(piece.networks for piece in pieces),
        reaches=_chained(piece.reaches for piece in pieces),
        certificates=_chained(piece.certificates for piece in pieces),
        authorities=_chained(piece.authorities for piece in pieces),
        caches={name: cache for piece in pieces for name, cache in piece.caches.items()},
        sentinels={name: found for piece in pieces for name, found in piece.sentinels.items()},
        backups={name: found for piece in pieces for name, found in piece.backups.items()},
        drills={name: found for piece in pieces for name, found in piece.drills.items()},
        replication={name: found for piece in pieces for name, found in piece.replication.items()},
        consensus=_chained(piece.consensus for piece in pieces),
        objects=next((piece.objects for piece in pieces if piece.objects), None),
        attempts=_chained(piece.attempts for piece in pieces),
        changesets=reading.changesets,
        experiments=_chained(piece.experiments for piece in pieces),
        state_files=_chained(piece.state_files for piece in pieces),
        unread=_chained(piece.unread for piece in pieces),
    )


def _chained(parts: Iterable[tuple[T, ...]]) -> tuple[T, ...]:
    return tuple(chain.from_iterable(parts))


def _instance(reading: Reading, name: str) -> Facts:
    facts = Facts("live", reading.intent)
    if not reading.parts & {"catalog", "probes"}:
        return facts
    try:
        with reading.access.connect(name, VERIFIER) as connection:
            catalog = read_catalog(connection, name)
    except (AqdataError, psycopg.Error) as error:
        return replace(facts, unread=_gaps(_OF_INSTANCE, name, error))
    probed = _probes(reading, catalog) if "probes" in reading.parts else Probed()
    return replace(
        facts,
        catalogs={name: catalog},
        attempts=probed.attempts,
        experiments=probed.experiments,
        unread=(*_unread(catalog), *probed.unread),
    )


def _probes(reading: Reading, catalog: Catalog) -> Probed:
    services = reading.intent.services_on(catalog.instance)
    probed = [probe_service(reading.access, catalog, service, read_only=reading.read_only) for service in services]
    return joined(probed)


def _unread(catalog: Catalog) -> tuple[Unread, ...]:
    return tuple(
        Unread(_PART_OF_QUERY.get(query, "catalog"), catalog.instance, f"{query}: {reason}")
        for query, reason in catalog.unread.items()
    )


def _containers(reading: Reading) -> Facts:
    facts, prefix = Facts("live", reading.intent), reading.intent.stack.physical("")
    try:
        engines, silent = answering_engines(reading.intent.stack)
        return replace(
            facts,
            containers=_chained(read_containers(client, prefix, reading.access.secrets) for client in engines.values()),
            networks=over_hosts(read_networks(client, prefix) for client in engines.values()),
            unread=_silent(("containers", "networks"), silent),
        )
    except (AqdataError, DockerException) as error:
        return replace(facts, unread=_gaps(("containers", "networks"), "docker", error))


def _reaches(reading: Reading) -> Facts:
    facts = Facts("live", reading.intent)
    try:
        engines, silent = answering_engines(reading.intent.stack)
        return replace(facts, reaches=read_reaches(engines, reading.intent), unread=_silent(("reach",), silent))
    except (AqdataError, DockerException) as error:
        return replace(facts, unread=_gaps(("reach",), "docker", error))


def _certificates(reading: Reading) -> Facts:
    certificates, unread = read_certificates(reading.access)
    authorities = read_authority(reading.access)
    return Facts("live", reading.intent, certificates=certificates, authorities=authorities, unread=unread)


def _caches(reading: Reading) -> Facts:
    caches, unread = read_caches(reading.access, reading.intent, writes=not reading.read_only)
    sentinels, unseen = read_sentinels(reading.access, reading.intent)
    return Facts("live", reading.intent, caches=caches, sentinels=sentinels, unread=(*unread, *unseen))


def _objects(reading: Reading) -> Facts:
    objects, unread = read_objects(reading.access, reading.intent, writes=not reading.read_only)
    return Facts("live", reading.intent, objects=objects, unread=unread)


def _backups(reading: Reading) -> Facts:
    backups, unread = read_backups(reading.intent, reading.evidence)
    return Facts("live", reading.intent, backups=backups, unread=unread)


def _drills(reading: Reading) -> Facts:
    drills, unread = read_cache_drills(reading.intent, reading.evidence)
    return Facts("live", reading.intent, drills=drills, unread=unread)


def _replication(reading: Reading) -> Facts:
    replication, unread = read_replication(reading.intent, reading.access)
    return Facts(
        "live", reading.intent, replication=replication, consensus=read_consensus(reading.intent), unread=unread
    )


def _state(reading: Reading) -> Facts:
    facts = Facts("live", reading.intent)
    if reading.state is None:
        return facts
    try:
        return replace(facts, state_files=read_state_files(reading.state, reading.access.secrets))
    except CannotCheck as error:
        return replace(facts, unread=_gaps(("state",), str(reading.state), error))


def _silent(parts: Iterable[Part], hosts: Mapping[str, CannotCheck]) -> tuple[Unread, ...]:
    return _chained(_gaps(parts, f"host {name}", error) for name, error in hosts.items())


def _gaps(parts: Iterable[Part], where: str, error: Exception) -> tuple[Unread, ...]:
    return tuple(Unread(part, where, first_line(error)) for part in parts)


_OTHERS: dict[Part, _Reader] = {
    "containers": _Reader(("containers", "networks"), "docker", _containers),
    "reach": _Reader(("reach",), "docker", _reaches),
    "certificates": _Reader(("certificates",), "endpoints", _certificates),
    "cache": _Reader(("cache",), "cache", _caches),
    "objects": _Reader(("objects",), "object store", _objects),
    "backups": _Reader(("backups",), "backups", _backups),
    "drills": _Reader(("drills",), "drills", _drills),
    "state": _Reader(("state",), "state", _state),
    "replication": _Reader(("replication",), "replication", _replication),
}
