"""Sizes and moments as people read them."""

from datetime import UTC, datetime

_UNITS = ("B", "KiB", "MiB", "GiB", "TiB")
MINUTE, HOUR, DAY = 60, 3600, 86400


def size(count: float) -> str:
    """`31417590` -> `30.0 MiB`."""
    for unit in _UNITS:
        if count < 1024 or unit == _UNITS[-1]:
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1024
    raise AssertionError


def moment(seconds: int | None) -> str:
    """Seconds since 1970 as UTC, to the second."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%SZ") if seconds is not None else "-"


def iso(seconds: int | None) -> str | None:
    """Seconds since 1970 as ISO 8601 for machines."""
    return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z") if seconds is not None else None


def duration(seconds: float) -> str:
    """The two largest units: `7d 3h`, `12m 5s`."""
    whole = int(seconds)
    parts = [(whole // DAY, "d"), (whole % DAY // HOUR, "h"), (whole % HOUR // MINUTE, "m"), (whole % MINUTE, "s")]
    first = next((position for position, (count, _) in enumerate(parts) if count), 3)
    return " ".join(f"{count}{unit}" for count, unit in parts[first : first + 2])
