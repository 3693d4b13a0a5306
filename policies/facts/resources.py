"""Resources of a plan, as both engines and CrossGuard hand them over."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

SECRET = "[secret]"  # noqa: S105 what stands for a secret, as in the Pulumi CLI


@dataclass(frozen=True)
class Resource:
    """One planned resource with its inputs: secrets are masked by SECRET, unknown values are left out."""

    urn: str
    type: str
    name: str
    inputs: Mapping[str, Any] = field(default_factory=dict)
    parent: str | None = None
    protect: bool = False
    retain_on_delete: bool | None = False  # None: the source does not tell
