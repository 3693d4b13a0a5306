"""Runs one operation of an engine with its display."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import replace

from cli import console
from cli.display.json_lines import JsonLines
from cli.display.plan import counts, nothing_changes
from cli.display.progress import Progress
from cli.display.timings import Timings
from cli.folder import CommandFolder
from cli.next_step import for_stack
from cli.options import DEFAULT_STACK
from cli.stack_access import StackAccess
from infra.engine.events import Diagnostic, Event, Op, PolicyReport, Summary
from infra.engine.interface import OnEvent, Options, Outcome, PlannedResource, PolicyHook
from infra.engine.judging import mandatory
from infra.engine.loading import load
from infra.model.errors import PolicyViolation, ResourceError

Verb = Callable[[Options, OnEvent], Outcome]


def carry_out(
    verb: Verb, options: Options, stack: str, *, as_json: bool = False, timings: Timings | None = None
) -> Outcome:
    """Run `up`, `refresh` or `destroy` of the stack: events as JSON lines on stdout, or live on stderr."""
    with Progress(console.progress()) as progress:
        show: OnEvent = JsonLines(sys.stdout) if as_json else progress

        def on_event(event: Event) -> None:
            if timings:
                timings(event)
            show(_with_stack(event, stack))

        return verb(options, on_event)


def plan(
    verb: Verb, options: Options, stack: str, hear: OnEvent = lambda _: None
) -> tuple[Outcome, list[PolicyReport]]:
    """Run a preview of the stack; its messages go to stderr, and all of its events to `hear`.

    A plan that policies forbid is shown all the same.
    """
    progress = Progress(console.progress())
    reports: list[PolicyReport] = []

    def note(planned: Sequence[PlannedResource]) -> Sequence[PolicyReport]:
        reports.extend(options.policies(planned) if options.policies else ())
        return ()

    def on_event(event: Event) -> None:
        event = _with_stack(event, stack)
        hear(event)
        if isinstance(event, Diagnostic | Summary):
            progress(event)

    outcome = verb(replace(options, policies=note), on_event)
    for report in reports:
        progress(report)
    return outcome, reports


def _with_stack(event: Event, stack: str) -> Event:
    """What the engine tells, with next steps for this stack."""
    if stack == DEFAULT_STACK or not isinstance(event, Diagnostic):
        return event
    return replace(event, message=for_stack(event.message, stack, CommandFolder()))


def refuse_violations(reports: Sequence[PolicyReport]) -> None:
    """Raises PolicyViolation when one of the reports is mandatory."""
    if forbidding := mandatory(reports):
        raise PolicyViolation(
            f"the plan violates mandatory policies: {', '.join(forbidding)}",
            f"aqdata explain {forbidding[0]}",
        )


def refuse_silence(outcome: Outcome) -> None:
    """Raises ResourceError where the program told of an error that stopped nothing: a host that does not answer."""
    if any(each["severity"] == "error" for each in outcome.diagnostics):
        raise ResourceError(
            "what is above is not the whole stack: what the named hosts have was neither read nor changed",
            "mend what was said of each of them, and run it again",
        )


def summary(outcome: Outcome, *, is_preview: bool) -> str:
    """One line: what happened, or would, and in how long."""
    if nothing_changes(outcome.changes):
        return (
            f"Nothing changes: {outcome.changes.get('same', 0)} resources are as declared ({outcome.duration:.1f} s)."
        )
    return f"{counts(outcome.changes, is_preview=is_preview).capitalize()} ({outcome.duration:.1f} s)."


def plan_policies(access: StackAccess) -> PolicyHook:
    """The project's rules as the engine asks them; a plan without changes was judged when it was made."""

    def judge(planned: Sequence[PlannedResource]) -> Sequence[PolicyReport]:
        if all(each.op is Op.SAME for each in planned):
            return ()
        hook: PolicyHook = load("cli.plan_policies:plan_policies")(access)
        return hook(planned)

    return judge


def patterns(names: Sequence[str] | None) -> tuple[str, ...]:
    """URNs as they are; a bare resource name means every resource of that name."""
    return tuple(name if name.startswith("urn:") or "*" in name else f"**::{name}" for name in names or ())
