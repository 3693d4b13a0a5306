"""Resources of a plan."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from infra.model.stack import Stack
from policies.facts.facts import Facts
from policies.facts.resources import SECRET, Resource
from policies.rule import Scope

_NAMED_SECRET = re.compile(r"(password|passwd|secret|privateKey|clientKey|token|secretKey)$", re.IGNORECASE)
_VOLUME = "docker:index/volume:Volume"


@dataclass(frozen=True)
class PlannedResource:
    """One planned resource."""

    stack: Stack
    resource: Resource

    @property
    def address(self) -> str:
        """Type and name."""
        return f"{self.resource.type} {self.resource.name}"

    @property
    def readable_secrets(self) -> Iterator[str]:
        """Paths of inputs that are named like a secret and are not one."""
        return _readable(self.resource.inputs, "")


def _readable(value: Any, path: str) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _readable(item, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list | tuple):
        for position, item in enumerate(value):
            yield from _readable(item, f"{path}[{position}]")
    elif isinstance(value, str) and value not in ("", SECRET) and _NAMED_SECRET.search(path):
        yield path


def _resources(facts: Facts) -> Iterator[PlannedResource]:
    return (PlannedResource(facts.intent.stack, resource) for resource in facts.resources)


_WITHOUT_DATA = ("-config-volume", "-scratch-volume")


def _data_volumes(facts: Facts) -> Iterator[PlannedResource]:
    for found in _resources(facts):
        if found.resource.type == _VOLUME and not found.resource.name.endswith(_WITHOUT_DATA):
            yield found


resources = Scope("planned resources", "resources", _resources)
data_volumes = Scope("volumes that hold data", "resources", _data_volumes)
