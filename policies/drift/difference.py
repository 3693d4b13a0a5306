"""One difference between what is declared and what runs, and how mappings of values are compared."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Aspect = Mapping[str, Any]
MISSING = "nothing"
DECLARATION = "the declaration"


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not as declared; `right` says what counts, `mend` is the command that makes it so."""

    object: str
    aspect: str
    declared: str
    actual: str
    mend: str
    right: str = DECLARATION


def differences(prefix: str, aspect: str, declared: Aspect, actual: Aspect, mend: str) -> Iterator[Difference]:
    """What differs, key by key; a key on one side only stands against nothing."""
    for key in sorted(declared.keys() | actual.keys()):
        wanted, found = declared.get(key, MISSING), actual.get(key, MISSING)
        if wanted != found:
            yield Difference(f"{prefix}{key}", aspect, _shown(wanted, found), _shown(found, wanted), mend)


def _shown(value: Any, other: Any) -> str:
    """A set as what the other one lacks, anything else as it is."""
    if isinstance(value, frozenset) and isinstance(other, frozenset):
        return ", ".join(sorted(value - other)) or "no more"
    return ", ".join(sorted(value)) or MISSING if isinstance(value, frozenset) else str(value)
