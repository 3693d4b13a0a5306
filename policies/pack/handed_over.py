"""What CrossGuard hands to a policy, as a resource of a plan."""

from collections.abc import Mapping, Sequence
from typing import Any

from pulumi_policy import PolicyResource
from pulumi_policy.proxy import UnknownValueError

NOT_TOLD = frozenset({"plan_holds_no_plain_secret"})
"""Rules that CrossGuard has no facts for: it opens secrets before it hands inputs over. Previews of `aqdata` and
`aqdata verify --plane plan` judge them."""


def planned(resource: PolicyResource) -> dict[str, Any]:
    """The resource as `policies.violations` reads it: unknown values left out; whether deletion spares it, not told."""
    return {
        "urn": resource.urn,
        "type": resource.resource_type,
        "name": resource.name,
        "inputs": _known(resource.props),
        "protect": resource.opts.protect,
        "retainOnDelete": None,
    }


def _known(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _known(value[key]) for key in value if _is_known(value, key)}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_known(value[index]) for index in range(len(value)) if _is_known(value, index)]
    return value


def _is_known(container: Any, key: Any) -> bool:
    try:
        container[key]
    except UnknownValueError:
        return False
    return True
