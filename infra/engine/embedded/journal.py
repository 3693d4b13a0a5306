"""Brings the snapshot to disk: one writer, and every step waits for a write that includes it."""

from __future__ import annotations

from collections.abc import Callable
from threading import Condition, Thread

from infra.engine.embedded.snapshot import Snapshot


class Journal:
    """Saves a snapshot whenever asked; requests that arrive during a write share the next one."""

    def __init__(self, snapshot: Snapshot, save: Callable[[Snapshot], None]) -> None:
        self._snapshot = snapshot
        self._save = save
        self._turn = Condition()
        self._wanted = 0
        self._written = 0
        self._failure: BaseException | None = None
        self._closed = False
        self._thread = Thread(target=self._run, name="journal", daemon=True)
        self._thread.start()

    def sync(self) -> None:
        """Return when everything the snapshot holds now is on disk; raises what the write raised."""
        with self._turn:
            mine = self._snapshot.generation
            self._wanted = max(self._wanted, mine)
            self._turn.notify_all()
            self._turn.wait_for(lambda: self._written >= mine or self._failure is not None)
            if self._failure is not None:
                raise self._failure

    def close(self) -> None:
        """Stop the writer after what was asked for is written."""
        with self._turn:
            self._closed = True
            self._turn.notify_all()
        self._thread.join()

    def _run(self) -> None:
        while self._next():
            generation = self._snapshot.generation
            try:
                self._save(self._snapshot)
            except BaseException as error:  # noqa: BLE001 raised in every thread that waits for the write
                self._finish(generation, error)
                return
            self._finish(generation, None)

    def _next(self) -> bool:
        with self._turn:
            self._turn.wait_for(lambda: self._wanted > self._written or self._closed)
            return self._wanted > self._written

    def _finish(self, generation: int, failure: BaseException | None) -> None:
        with self._turn:
            self._written = max(self._written, generation)
            self._failure = failure
            self._turn.notify_all()
