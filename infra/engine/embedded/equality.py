"""Whether two property values are the same. Python thinks that True is 1; JSON does not."""

from __future__ import annotations

from infra.engine.values import Secret, Value


def equal(left: Value, right: Value) -> bool:
    """Deep equality; an unknown equals nothing but an unknown, and a secret only an equal secret."""
    if isinstance(left, dict):
        return isinstance(right, dict) and left.keys() == right.keys() and _all_equal(left, right)
    if isinstance(left, list):
        same_length = isinstance(right, list) and len(left) == len(right)
        return same_length and all(equal(a, b) for a, b in zip(left, right, strict=True))
    if isinstance(left, Secret):
        return isinstance(right, Secret) and equal(left.value, right.value)
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    return bool(left == right)


def _all_equal(left: dict[str, Value], right: dict[str, Value]) -> bool:
    return all(equal(item, right[key]) for key, item in left.items())
