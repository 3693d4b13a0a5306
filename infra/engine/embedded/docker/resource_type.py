"""What every resource type of the Docker provider can do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from infra.engine.embedded.docker.client import Docker
from infra.engine.embedded.docker.field import Properties


@dataclass(frozen=True, slots=True)
class Recorded:
    """A physical object as the state has it: Docker's id, and its properties."""

    id: str
    outputs: Properties


class ResourceType(Protocol):
    """One noun of Docker. Every method raises ResourceError only."""

    def create(self, docker: Docker, inputs: Properties) -> Recorded: ...

    def read(self, docker: Docker, identifier: str, declared: Properties) -> Recorded | None: ...

    def update(self, docker: Docker, identifier: str, recorded: Properties, inputs: Properties) -> Recorded: ...

    def delete(self, docker: Docker, identifier: str, recorded: Properties) -> None: ...

    def left_behind(self, docker: Docker, inputs: Properties) -> str | None:
        """The id of an object of that name which is ours, by its labels."""


def carries_labels(labels: Mapping[str, str] | None, inputs: Properties) -> bool:
    """Whether an object has every label that `inputs` declare; without declared labels nothing is ours."""
    declared = inputs.get("labels") or []
    return bool(declared) and all((labels or {}).get(item["label"]) == item["value"] for item in declared)
