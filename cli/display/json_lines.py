"""Events of an operation as JSON, one a line, in the form of the Pulumi CLI's event log."""

from __future__ import annotations

import json
import threading
import time
from itertools import count
from typing import TextIO

from infra.engine.event_json import to_json
from infra.engine.events import Event


class JsonLines:
    """Writes every event to a stream as it comes."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._numbers = count()
        self._lock = threading.Lock()

    def __call__(self, event: Event) -> None:
        with self._lock:
            line = to_json(event, next(self._numbers), int(time.time()))
            self._stream.write(f"{json.dumps(line)}\n")
            self._stream.flush()
