"""What of a stack's facts stays the same while nobody changes it: an undo has to bring back all of that."""

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any

from policies.facts.backups import InstanceBackups
from policies.facts.cache import CacheFacts
from policies.facts.catalog import Catalog
from policies.facts.containers import Container
from policies.facts.facts import Facts
from policies.facts.objects import ObjectStoreFacts

Lasting = Mapping[str, Any]


def lasting(facts: Facts) -> Lasting:
    """The lasting facts by object; what was tried, counted or timed is left out."""
    return {
        **{name: _catalog(catalog) for name, catalog in facts.catalogs.items()},
        **{name: _cache(cache) for name, cache in facts.caches.items()},
        **{f"{name} backups": _backups(backups) for name, backups in facts.backups.items()},
        **{container.name: _container(container) for container in facts.containers},
        **{f"network {network.name}": network.containers for network in facts.networks},
        **({"object store": _objects(facts.objects)} if facts.objects else {}),
        "unread": facts.unread,
    }


def differences(before: Lasting, after: Lasting) -> list[str]:
    """Where the facts differ: `postgres-user.relations`. The order of what a source lists means nothing."""
    names = sorted(before.keys() | after.keys())
    return [where for name in names for where in _differing(name, before.get(name), after.get(name))]


def _differing(name: str, one: Any, other: Any) -> Iterator[str]:
    if _is_same(one, other):
        return
    if is_dataclass(one) and type(one) is type(other):
        names = [field.name for field in fields(one)]
        yield from (f"{name}.{each}" for each in names if not _is_same(getattr(one, each), getattr(other, each)))
    else:
        yield name


def _is_same(one: Any, other: Any) -> bool:
    return bool(one == other) or _unordered(one) == _unordered(other)


def _unordered(value: Any) -> Any:
    if is_dataclass(value):
        return tuple(_unordered(getattr(value, field.name)) for field in fields(value))
    if isinstance(value, Mapping):
        return {name: _unordered(item) for name, item in value.items()}
    return sorted(map(_unordered, value), key=repr) if isinstance(value, tuple | list) else value


def _catalog(catalog: Catalog) -> Catalog:
    relations = tuple(replace(relation, held_rows=None) for relation in catalog.relations)
    return replace(catalog, relations=relations, archiver=None, replicas=())


def _cache(cache: CacheFacts) -> CacheFacts:
    return replace(cache, status={}, census=None, probes=())


def _objects(store: ObjectStoreFacts) -> ObjectStoreFacts:
    return replace(store, probes=())


def _container(container: Container) -> Container:
    return replace(container, health="", image="")


def _backups(backups: InstanceBackups) -> Any:
    labels = [backup.label for backup in backups.repository.backups]
    verdict = (backups.repository.code, backups.repository.cipher, backups.window.gaps, backups.window.broken)
    return (labels, verdict, backups.options)
