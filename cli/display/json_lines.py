"""Events of an operation as JSON, one a line."""

from __future__ import annotations

import json
import re
import threading
from dataclasses import fields, is_dataclass
from typing import Any, TextIO

from cli.display.values import plain
from infra.engine.events import Event


class JsonLines:
    """Writes every event to a stream; members are named as in `infra.engine.events`."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._lock = threading.Lock()

    def __call__(self, event: Event) -> None:
        with self._lock:
            self._stream.write(json.dumps(as_json(event)) + "\n")
            self._stream.flush()


def as_json(event: Event) -> dict[str, Any]:
    """`type` is the event's name in kebab case: `step-finished`, `summary`."""
    name = re.sub(r"(?<!^)(?=[A-Z])", "-", type(event).__name__).lower()
    members: dict[str, Any] = _members(event)
    return {"type": name, **members}


def _members(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: _members(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, tuple):
        return [_members(item) for item in value]
    if hasattr(value, "items"):
        return {key: _members(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_members(item) for item in value]
    return plain(value)
