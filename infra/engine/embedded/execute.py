"""Executes steps: tells of them, writes down that they begin, does them, and writes down what came of it."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from concurrent.futures import Future
from threading import BoundedSemaphore, Lock

from infra.engine.embedded.apply import World
from infra.engine.embedded.interruption import Interruption
from infra.engine.embedded.ledger import Ledger
from infra.engine.embedded.report import Report
from infra.engine.embedded.resource import Resource
from infra.engine.embedded.step import ANSWERS, DELETIONS, Step
from infra.engine.events import Op
from infra.model.errors import AqdataError, Cancelled, OutcomeUnknown, ResourceError


class Executor:
    """Runs chains of steps, each chain on the thread that asks for it, at most `parallel` at a time."""

    def __init__(self, world: World, ledger: Ledger, report: Report, interruption: Interruption, parallel: int) -> None:
        self.ledger = ledger
        self._world = world
        self._report = report
        self._interruption = interruption
        self._slots = BoundedSemaphore(parallel)
        self._lock = Lock()
        self._deletions: dict[int, Future[bool]] = {}
        self.failed: dict[str, AqdataError] = {}
        self.remaining: list[str] = []

    def run(self, urn: str, steps: Sequence[Step]) -> Resource | None:
        """Do a chain; gives the state of the resource `urn` after it.

        A step that fails ends its chain; its ResourceError is told of, remembered in `failed`, and raised. One whose
        outcome is unknown stays pending in the state.
        """
        answer = None
        self._await_deletions(urn, steps)
        try:
            with self._slots:
                for step in steps:
                    result = self._run(step)
                    if step.op in ANSWERS and step.urn == urn:
                        answer = result
        finally:
            self._settle(steps)
        return answer

    def doom(self, steps: Iterable[Step]) -> None:
        """Note what will be deleted, as soon as that is decided.

        What is to go with it need not be deleted itself, and its successor has to wait for it.
        """
        for step in steps:
            if step.op in DELETIONS:
                self._world.doomed.add(step.urn)
                self._deletions[id(step.old)] = Future()

    def _await_deletions(self, urn: str, steps: Iterable[Step]) -> None:
        """Wait until predecessors that another chain deletes are gone. Raises ResourceError when they are not."""
        mine = {id(step.old) for step in steps if step.op in DELETIONS}
        for step in steps:
            deletion = self._deletions.get(id(step.old))
            if deletion is not None and id(step.old) not in mine and not deletion.result():
                raise ResourceError(f"{urn} is not created: its predecessor could not be deleted first")

    def _settle(self, steps: Iterable[Step]) -> None:
        """Tell those who wait for a deletion that was not reached."""
        for step in steps:
            deletion = self._deletions.get(id(step.old))
            if step.op in DELETIONS and deletion is not None and not deletion.done():
                deletion.set_result(False)

    def fail(self, urn: str, error: AqdataError) -> None:
        """Remember and tell that a resource failed; an error that is known already is not told again."""
        with self._lock:
            is_told = any(error is known for known in self.failed.values())
            self.failed[urn] = error
        if not is_told:
            hint = f"\nnext:  {error.hint}" if error.hint else ""
            self._report.say("error", f"{error.message}{hint}", urn)

    def _run(self, step: Step) -> Resource | None:
        self._stop_if_asked(step)
        self._report.started(step)
        began = time.monotonic()
        result = self._apply(step, began)
        self._report.finished(step, result, time.monotonic() - began)
        return result

    def _apply(self, step: Step, began: float) -> Resource | None:
        operation = self.ledger.begin(step)
        try:
            result = self._world.apply(step)
        except ResourceError as error:
            if not isinstance(error, OutcomeUnknown):
                self.ledger.fail(operation)
            self.fail(step.urn, error)
            self._report.failed(step, time.monotonic() - began)
            raise
        self.ledger.succeed(step, operation, result)
        if step.op in DELETIONS:
            self._deletions[id(step.old)].set_result(True)
        if step.op is Op.CREATE_REPLACEMENT:
            self._world.doomed.discard(step.urn)
        return result

    def _stop_if_asked(self, step: Step) -> None:
        try:
            self._interruption.check()
        except Cancelled:
            if step.op is not Op.SAME:
                with self._lock:
                    self.remaining.append(step.urn)
            raise
