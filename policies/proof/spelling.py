"""How PostgreSQL reads and prints values of its types as text."""

import re
import uuid

_UUID = re.compile(r"(\{)?(?:[0-9a-fA-F]{4}-?){7}[0-9a-fA-F]{4}(?(1)\})")
_INTEGER = re.compile(r"[ \t\n\v\f\r]*([+-]?)(\d+(?:_\d+)*)[ \t\n\v\f\r]*")
_TRUE = ("true", "tru", "tr", "t", "yes", "ye", "y", "on", "1")
_FALSE = ("false", "fals", "fal", "fa", "f", "no", "n", "off", "of", "0")
NO_TENANT = "no-tenant"
"""A text that is no uuid, for the malformed context."""


def uuid_from(text: str) -> int | None:
    """The uuid that `text::uuid` gives as a number; None where the cast raises (uuid.c, string_to_uuid)."""
    return int(re.sub(r"[{}-]", "", text), 16) if _UUID.fullmatch(text) else None


def uuid_shown(number: int) -> str:
    """`uuid::text`."""
    return str(uuid.UUID(int=number % (1 << 128)))


def integer_from(text: str) -> int | None:
    """The integer of a decimal text; None where it is none. Hexadecimal, octal and binary forms are left out."""
    match = _INTEGER.fullmatch(text)
    return int(match[1] + match[2].replace("_", "")) if match else None


def boolean_from(text: str) -> bool | None:
    """`text::boolean`; None where the cast raises (bool.c, parse_bool_with_len)."""
    word = text.strip(" \t\n\v\f\r").lower()
    return True if word in _TRUE else False if word in _FALSE else None
