"""Loads a class by its "module:Class" name, so that what is not used is not imported."""

from __future__ import annotations

from importlib import import_module
from typing import Any


def load(name: str) -> Any:
    """The object behind "module:Name"; raises ImportError or AttributeError where there is none."""
    module, _, attribute = name.partition(":")
    return getattr(import_module(module), attribute)
