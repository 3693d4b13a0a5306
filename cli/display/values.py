"""Property values as one line of text."""

from __future__ import annotations

import json

from infra.engine.values import MASK, UNKNOWN, Value, transform

UNKNOWN_TEXT = "[unknown]"
WIDTH = 88


def shown(value: Value, width: int = WIDTH) -> str:
    """JSON on one line, with `[secret]` and `[unknown]` bare, cut to `width`."""
    if value is UNKNOWN:
        return UNKNOWN_TEXT
    if value == MASK:
        return MASK
    text = json.dumps(plain(value), ensure_ascii=False)
    for mark in (MASK, UNKNOWN_TEXT):
        text = text.replace(f'"{mark}"', mark)
    return text if len(text) <= width else f"{text[: width - 1]}…"


def plain(value: Value, unknown: str = UNKNOWN_TEXT) -> Value:
    """A JSON value: unknowns are text, and whole numbers have no point."""
    return transform(value, lambda leaf: _plain_leaf(leaf, unknown))


def _plain_leaf(leaf: Value, unknown: str) -> Value:
    if leaf is UNKNOWN:
        return unknown
    return int(leaf) if isinstance(leaf, float) and leaf.is_integer() else leaf
