"""Runs one operation of an engine with its display."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from importlib.util import find_spec

from cli import console
from cli.display.json_lines import JsonLines
from cli.display.plan import counts, nothing_changes
from cli.display.progress import Progress
from cli.display.timings import Timings
from infra.engine.events import Diagnostic, Event, PolicyReport
from infra.engine.interface import OnEvent, Options, Outcome, PolicyHook
from infra.engine.loading import load

Verb = Callable[[Options, OnEvent], Outcome]
PLAN_POLICIES = "cli.plan_policies"


def carry_out(verb: Verb, options: Options, *, as_json: bool = False, timings: Timings | None = None) -> Outcome:
    """Run `up`, `refresh` or `destroy`: events as JSON lines on stdout, or live on stderr."""
    with Progress(console.progress()) as progress:
        show: OnEvent = JsonLines(sys.stdout) if as_json else progress

        def on_event(event: Event) -> None:
            if timings:
                timings(event)
            show(event)

        return verb(options, on_event)


def plan(verb: Verb, options: Options) -> tuple[Outcome, list[PolicyReport]]:
    """Run a preview; its messages go to stderr, what policies say is collected too."""
    reports: list[PolicyReport] = []
    progress = Progress(console.progress())

    def on_event(event: Event) -> None:
        if isinstance(event, PolicyReport):
            reports.append(event)
        if isinstance(event, Diagnostic | PolicyReport):
            progress(event)

    return verb(options, on_event), reports


def summary(outcome: Outcome, *, is_preview: bool) -> str:
    """One line: what happened, or would, and in how long."""
    if nothing_changes(outcome.changes):
        return (
            f"Nothing changes: {outcome.changes.get('same', 0)} resources are as declared ({outcome.duration:.1f} s)."
        )
    return f"{counts(outcome.changes, is_preview=is_preview).capitalize()} ({outcome.duration:.1f} s)."


def plan_policies() -> PolicyHook | None:
    """The project's rules as the engine asks them."""
    if find_spec(PLAN_POLICIES) is None:
        return None
    hook: PolicyHook = load(f"{PLAN_POLICIES}:judge_plan")
    return hook


def patterns(names: Sequence[str] | None) -> tuple[str, ...]:
    """URNs as they are; a bare resource name means every resource of that name."""
    return tuple(name if name.startswith("urn:") or "*" in name else f"**::{name}" for name in names or ())
