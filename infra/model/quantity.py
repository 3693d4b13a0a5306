"""Durations and sizes as people write them: `5m`, `24h`, `30d`, `512MiB`, `2GiB`."""

import re
from typing import Annotated

from pydantic import BeforeValidator

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_BYTES = {"KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "TiB": 1 << 40}


def _parse(text: object, units: dict[str, int], example: str) -> int:
    match = re.fullmatch(r"(\d+)([A-Za-z]+)", text) if isinstance(text, str) else None
    if match is None or match[2] not in units:
        raise ValueError(f"expected a whole number with a unit ({', '.join(units)}), such as {example}")
    return int(match[1]) * units[match[2]]


def parse_seconds(text: object) -> int:
    """`5m` -> 300. Raises ValueError naming the units."""
    return _parse(text, _SECONDS, "5m")


def parse_bytes(text: object) -> int:
    """`512MiB` -> 536870912. Raises ValueError naming the units."""
    return _parse(text, _BYTES, "512MiB")


Seconds = Annotated[int, BeforeValidator(parse_seconds)]
"""A duration in whole seconds, declared as text."""

Bytes = Annotated[int, BeforeValidator(parse_bytes)]
"""A size in bytes, declared as text."""
