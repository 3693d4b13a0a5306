"""Prints text as it is: names and values are data, never markup, emoji codes or something to highlight."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from cli.display.tree import Line

if TYPE_CHECKING:
    from rich.console import Console


def print_text(console: Console, text: str, style: str = "") -> None:
    """One line in one style, as long as it is."""
    console.print(text, style=style or None, markup=False, emoji=False, highlight=False, soft_wrap=True)


def print_lines(console: Console, lines: Iterable[Line]) -> None:
    """Lines of a tree."""
    for line in lines:
        print_text(console, line.text, line.style)
