"""Resources of a plan, as both engines and CrossGuard hand them over."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Resource:
    """One planned resource with its inputs, secrets masked."""

    urn: str
    type: str
    name: str
    inputs: Mapping[str, Any] = field(default_factory=dict)
    parent: str | None = None
    protect: bool = False
    retain_on_delete: bool = False
