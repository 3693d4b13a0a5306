"""`sizing: small`: a stack of the declared shape on a machine that has not the declared size.

Every limit on memory, and Redis's `maxmemory`, becomes a sixteenth, but not less than what the smallest stack runs
with; no container may use more than two processors. What servers derive from their limits (`shared_buffers`, ...)
follows.
"""

from collections.abc import Mapping
from typing import Any

from infra.model.quantity import parse_bytes

PARTS = 16
MOST_CPUS = 2
_MIB = 1 << 20
_FLOORS = {"memory": 512 * _MIB, "maxmemory": 128 * _MIB}


def sized(config: Mapping[str, Any]) -> dict[str, Any]:
    """The stack's settings as they are deployed: reduced where they say `sizing: small`."""
    return _reduced(config) if config.get("sizing") == "small" else dict(config)


def _reduced(config: Mapping[str, Any]) -> dict[str, Any]:
    return {key: _value(key, value) for key, value in config.items()}


def _value(key: str, value: Any) -> Any:
    if key == "limits" and isinstance(value, Mapping):
        return _limits(value)
    if key == "maxmemory":
        return _share(key, value)
    return _reduced(value) if isinstance(value, Mapping) else value


def _limits(limits: Mapping[str, Any]) -> dict[str, Any]:
    reduced = {"memory": _share("memory", limits["memory"])} if "memory" in limits else {}
    cpus = limits.get("cpus")
    return {**limits, **reduced, **({"cpus": min(cpus, MOST_CPUS)} if isinstance(cpus, int | float) else {})}


def _share(key: str, declared: Any) -> Any:
    """What is no size stays, for the stack's validation to name."""
    try:
        size = parse_bytes(declared)
    except ValueError:
        return declared
    return f"{max(min(size, _FLOORS[key]), size // PARTS) // _MIB}MiB"
