"""One operation as its caller sees it: events while it lasts, then an outcome or an error."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

from infra.engine.embedded.interruption import Interruption
from infra.engine.embedded.report import Report
from infra.engine.embedded.session import Session
from infra.engine.embedded.update import Update
from infra.engine.interface import OnEvent, Options, Outcome
from infra.engine.judging import judge
from infra.engine.values import Properties
from infra.model.errors import Cancelled, ResourceError, UnexpectedChanges

Work = Callable[[Update], Properties | None]
MOST_NAMED = 6
Result = Literal["succeeded", "failed", "canceled"]


class Run:
    """An update with its report. The last event is always a summary."""

    def __init__(
        self, session: Session, options: Options, on_event: OnEvent, interruption: Interruption, *, is_preview: bool
    ) -> None:
        self.report = Report(on_event, is_preview=is_preview)
        self.update = Update(session, options, self.report, interruption)
        self.result: Result = "failed"
        self._options = options
        self._interruption = interruption

    def go(self, work: Work) -> Outcome:
        """Do the work. Raises what stopped it, or what came of it, as `Engine` says."""
        try:
            with self._interruption.listening(lambda message: self.report.say("warning", message), self._end):
                outputs = work(self.update) or {}
            self._judge()
            self._check_failures()
            self.result = "succeeded"
        except Cancelled:
            self.result = "canceled"
            raise
        finally:
            self.report.summary(self.result, list(self.update.remaining))
        return self._outcome(outputs)

    def _end(self) -> None:
        """The last event where nothing is waited for any more."""
        self.report.summary("canceled", list(self.update.remaining))

    def _judge(self) -> None:
        if self._options.policies is not None:
            judge(self._options.policies, self.update.planned(), self.report.policy)

    def _check_failures(self) -> None:
        failed = self.update.failed
        if failed:
            raise ResourceError(
                f"{len(failed)} of the stack's resources failed: {_named(failed)}",
                "correct the cause and run it again: what was done is saved and is not done twice",
            )

    def _outcome(self, outputs: Properties) -> Outcome:
        outcome = Outcome(
            changes=dict(self.report.changes),
            outputs=outputs,
            duration=self.report.elapsed,
            steps=tuple(self.report.steps),
            failed=self.update.failed,
            remaining=self.update.remaining,
            diagnostics=tuple(self.report.diagnostics),
        )
        if self._options.expect_no_changes and outcome.has_changes:
            raise UnexpectedChanges(
                "changes were expected not to occur, and there are some", "aqdata preview shows them"
            )
        return outcome


def _named(failed: Sequence[str]) -> str:
    """The resources' names; the events before have the rest of a long list."""
    names = [urn.split("::", 3)[-1] for urn in failed[:MOST_NAMED]]
    return ", ".join([*names, *([f"and {len(failed) - MOST_NAMED} more"] if len(failed) > MOST_NAMED else [])])
