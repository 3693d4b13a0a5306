"""A preview before an update, so that policies judge the whole plan before anything is changed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from infra.engine.embedded.interruption import Interruption
from infra.engine.embedded.run import Run, Work
from infra.engine.embedded.session import Session
from infra.engine.events import Diagnostic, Event, PolicyReport, StepFinished, StepStarted, Summary
from infra.engine.interface import OnEvent, Options, Outcome


def rehearse(
    session: Session, options: Options, on_event: OnEvent, interruption: Interruption, work: Work
) -> Outcome | None:
    """Preview the update; gives its outcome when it would change nothing, so that it need not be done.

    Raises what the preview raises, PolicyViolation among it; what explains that is told as events.
    """
    events: list[Event] = []
    run = Run(session, options, events.append, interruption, is_preview=True)
    try:
        outcome = run.go(work)
    except BaseException:
        _tell(events, on_event, Diagnostic, PolicyReport, Summary)
        raise
    if run.update.is_idle:
        for event in events:
            on_event(_as_done(event))
        return outcome
    _tell(events, on_event, PolicyReport)
    return None


def _tell(events: Iterable[Event], on_event: OnEvent, *kinds: type[Event]) -> None:
    for event in events:
        if isinstance(event, kinds):
            on_event(event)


def _as_done(event: Event) -> Event:
    if isinstance(event, StepStarted | StepFinished):
        return replace(event, planning=False)
    return replace(event, is_preview=False) if isinstance(event, Summary) else event
