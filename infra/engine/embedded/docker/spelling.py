"""Ways of writing one value that Docker takes for the same."""

from __future__ import annotations

import re
from ipaddress import IPv4Address

from infra.engine.embedded.docker.field import Plain

ALL_INTERFACES = str(IPv4Address(0))

_DURATION_PART = re.compile(r"(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)")
_NANOSECONDS = {
    "ns": 1,
    "us": 1_000,
    "µs": 1_000,
    "ms": 1_000_000,
    "s": 1_000_000_000,
    "m": 60_000_000_000,
    "h": 3_600_000_000_000,
}


def nanoseconds(text: Plain) -> int:
    """A Go duration such as `1m30s` or `500ms` in nanoseconds; raises ValueError for anything else."""
    parts = _DURATION_PART.findall(str(text))
    if str(text) == "0":
        return 0
    if not parts or "".join(number + unit for number, unit in parts) != str(text):
        raise ValueError(f"{text!r} is not a duration like 500ms or 1m30s")
    return round(sum(float(number) * _NANOSECONDS[unit] for number, unit in parts))


def duration(length: int) -> str:
    """Nanoseconds as Go prints a duration: `1m30s`, `500ms`, `0s`."""
    if length == 0:
        return "0s"
    if length < _NANOSECONDS["s"]:
        unit = next(unit for unit in ("ms", "µs", "ns") if length >= _NANOSECONDS[unit])
        return f"{_decimal(length / _NANOSECONDS[unit])}{unit}"
    hours, rest = divmod(length, _NANOSECONDS["h"])
    minutes, rest = divmod(rest, _NANOSECONDS["m"])
    seconds = f"{_decimal(rest / _NANOSECONDS['s'])}s"
    if hours:
        return f"{hours}h{minutes}m{seconds}"
    return f"{minutes}m{seconds}" if minutes else seconds


def same_duration(text: Plain) -> Plain:
    """One spelling per duration; text that is none stays as it is (Docker will refuse it)."""
    try:
        return nanoseconds(text)
    except ValueError:
        return text


def capability(name: Plain) -> str:
    """`net_admin`, `NET_ADMIN` and `CAP_NET_ADMIN` as the last of them; `ALL` stays."""
    upper = str(name).upper()
    return upper if upper == "ALL" or upper.startswith("CAP_") else f"CAP_{upper}"


def network_mode(mode: Plain) -> str:
    """Docker's name for the default bridge network."""
    return "bridge" if mode in ("", "default") else str(mode)


def host_address(address: Plain) -> str:
    """All interfaces, however they are written."""
    return ALL_INTERFACES if address in ("", "::") else str(address)


def cpu_count(text: Plain) -> Plain:
    """`1`, `1.0` and `1.50` as numbers; text that is none stays."""
    try:
        return float(text)
    except (TypeError, ValueError):
        return text


def _decimal(number: float) -> str:
    return f"{number:.9f}".rstrip("0").rstrip(".")
