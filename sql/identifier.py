"""SQL names and literals as templates write them."""

import re

from infra.model.errors import ConfigurationError
from sql.keywords import KEYWORDS

LONGEST = 63
"""PostgreSQL cuts longer identifiers off without an error (NAMEDATALEN - 1)."""

_PLAIN = re.compile(r"[a-z_][a-z0-9_]*")


def identifier(name: str) -> str:
    """The name as SQL, quoted where it is a keyword. Raises ConfigurationError for one that would need more."""
    if len(name.encode()) > LONGEST:
        raise ConfigurationError(
            f"identifier '{name}' has {len(name.encode())} bytes; PostgreSQL keeps {LONGEST}", "choose a shorter name"
        )
    if not _PLAIN.fullmatch(name):
        raise ConfigurationError(
            f"identifier {name!r} is not of lower-case letters, digits and '_'", "choose a name that needs no quotes"
        )
    return f'"{name}"' if name in KEYWORDS else name


def literal(value: str) -> str:
    """The text as an SQL string constant, whatever standard_conforming_strings says."""
    if "\0" in value:
        raise ConfigurationError("a text with a NUL character cannot be stored", "remove the character")
    quoted = value.replace("'", "''")
    return f"E'{quoted.replace(chr(92), chr(92) * 2)}'" if "\\" in value else f"'{quoted}'"
