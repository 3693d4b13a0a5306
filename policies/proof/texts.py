"""Python strings and z3's, both ways; z3 escapes what is not printable ASCII."""

import re
from typing import Any

import z3

_ESCAPE = re.compile(r"\\u\{([0-9a-fA-F]+)\}|\\x([0-9a-fA-F]{2})")


def text_constant(text: str) -> Any:
    """The z3 string of exactly these characters."""
    return z3.StringVal(
        "".join(character if _is_plain(character) else f"\\u{{{ord(character):x}}}" for character in text)
    )


def _is_plain(character: str) -> bool:
    return " " <= character <= "~" and character != "\\"


def python_text(constant: Any) -> str:
    """The characters of a z3 string constant."""
    return _ESCAPE.sub(lambda match: chr(int(match[1] or match[2], 16)), constant.as_string())


def python_value(constant: Any) -> str | int | bool:
    """The Python value of a z3 constant."""
    if z3.is_string_value(constant):
        return python_text(constant)
    if z3.is_true(constant) or z3.is_false(constant):
        return bool(z3.is_true(constant))
    return int(constant.as_long())


def z3_constant(value: str | int | bool, sort: Any) -> Any:
    """The constant of this sort."""
    if isinstance(value, str):
        return text_constant(value)
    if isinstance(value, bool):
        return z3.BoolVal(value)
    return z3.BitVecVal(value, sort) if z3.is_bv_sort(sort) else z3.IntVal(value)


def is_constant(term: Any) -> bool:
    """Whether the term is a value."""
    return bool(
        z3.is_string_value(term)
        or z3.is_true(term)
        or z3.is_false(term)
        or z3.is_int_value(term)
        or z3.is_bv_value(term)
    )
