"""A plan's resources as plain values: secrets masked, unknown values left out."""

from typing import Any

from infra.engine.interface import PlannedResource
from infra.engine.values import UNKNOWN, Secret
from policies.facts.resources import SECRET


def plain_resource(planned: PlannedResource) -> dict[str, Any]:
    """The resource as the plan source reads it."""
    return {
        "urn": planned.urn,
        "type": planned.type,
        "name": planned.name,
        "inputs": _plain(planned.inputs),
        "parent": planned.parent,
        "protect": planned.protect,
        "retainOnDelete": planned.retain_on_delete,
    }


def _plain(value: Any) -> Any:
    if isinstance(value, Secret):
        return SECRET
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items() if item is not UNKNOWN}
    if isinstance(value, list):
        return [_plain(item) for item in value if item is not UNKNOWN]
    return value
