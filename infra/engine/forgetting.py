"""What of a stack's state goes with a Docker host that is lost. Pure: records as a state is exported, in and out."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Record = Mapping[str, Any]

_PROVIDER = "pulumi:providers:docker"
_PREFIX = "host-"
_CONTAINER, _VOLUME = "docker:index/container:Container", "docker:index/volume:Volume"


@dataclass(frozen=True)
class Forgotten:
    """A state without a host, as members of its `deployment`; `gone` is what left it."""

    resources: Sequence[Record]
    operations: Sequence[Record]
    gone: Sequence[Record]

    @property
    def removal(self) -> list[str]:
        """What has to be run on the host before it may return: its containers start with its Docker Engine."""
        commands = {"docker rm --force": self._names(_CONTAINER), "docker volume rm": self._names(_VOLUME)}
        return [f"{command} {' '.join(names)}" for command, names in commands.items() if names]

    def _names(self, kind: str) -> list[str]:
        return sorted({each["outputs"]["name"] for each in self.gone if each["type"] == kind})


def hosts_of(resources: Sequence[Record]) -> dict[str, dict[str, Any]]:
    """Host -> the configuration of its provider; the latest, where its address changed."""
    providers = (each for each in resources if each["type"] == _PROVIDER)
    named = ((each["urn"].rpartition("::")[2], each) for each in providers)
    return {name.removeprefix(_PREFIX): each["inputs"] for name, each in named if name.startswith(_PREFIX)}


def forget(host: str, resources: Sequence[Record], operations: Sequence[Record]) -> Forgotten:
    """The state without the host's containers, volumes and networks, and without what was made inside of them or after
    them.

    Our own types make what is there already once more without harm, so all of theirs that depend on something lost go,
    too. What Docker has on other hosts stays and loses its references: made once more, it would meet itself.
    """
    gone_urns = _urns(resources, lambda each: _is_of(host, each)) - _urns(
        resources, lambda each: not _is_of(host, each)
    )
    gone, kept = list[Record](), list[Record]()
    for each in resources:
        if _is_of(host, each):
            gone.append(each)
        elif _can_be_repeated(each) and not gone_urns.isdisjoint(_needs(each)):
            gone.append(each)
            gone_urns.add(each["urn"])
        else:
            kept.append(_without(gone_urns, each))
    return Forgotten(kept, [each for each in operations if not _is_about(each["resource"], host, gone_urns)], gone)


def _urns(resources: Sequence[Record], wanted: Callable[[Record], bool]) -> set[str]:
    return {each["urn"] for each in resources if wanted(each)}


def _is_of(host: str, resource: Record) -> bool:
    """Whether it is the host's provider, or its provider's."""
    provider = resource["urn"] if resource["type"] == _PROVIDER else resource.get("provider", "").rpartition("::")[0]
    return str(provider).endswith(f"::{_PROVIDER}::{_PREFIX}{host}")


def _can_be_repeated(resource: Record) -> bool:
    return bool(resource["custom"]) and resource["type"].startswith("aqstream:")


def _is_about(resource: Record, host: str, gone: Collection[str]) -> bool:
    return _is_of(host, resource) or resource["urn"] in gone


def _needs(resource: Record) -> Iterator[str]:
    yield from resource.get("dependencies") or ()
    for urns in (resource.get("propertyDependencies") or {}).values():
        yield from urns or ()
    yield resource.get("deletedWith") or ""


def _without(gone: Collection[str], resource: Record) -> Record:
    if set(gone).isdisjoint(_needs(resource)):
        return resource

    def left(urns: Sequence[str] | None) -> list[str]:
        return [urn for urn in urns or () if urn not in gone]

    pruned = {**resource, "dependencies": left(resource.get("dependencies"))}
    by_property = resource.get("propertyDependencies") or {}
    pruned["propertyDependencies"] = {name: left(urns) for name, urns in by_property.items()}
    if resource.get("deletedWith") in gone:
        del pruned["deletedWith"]
    return pruned
