"""Show what `up` would change, property by property."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import Annotated

import typer

from cli import console
from cli.display.printing import print_lines, print_text
from cli.display.tree import tree
from cli.operation import patterns, plan, plan_policies, refuse_silence, refuse_violations, summary
from cli.options import (
    DEFAULT_STACK,
    PARALLEL,
    AsJson,
    BackendFolder,
    ConfigFile,
    ExpectNoChanges,
    Parallel,
    Replaces,
    StackName,
    TargetDependents,
    Targets,
)
from cli.stack_access import StackAccess
from infra.engine import Options, Outcome
from infra.engine.digest import digest
from infra.engine.events import Event
from infra.engine.interface import OnEvent
from infra.engine.loading import load
from infra.model.errors import UnexpectedChanges

app = typer.Typer()
CHANGES = 2


class Format(StrEnum):
    """For whom the plan is written."""

    HUMAN = "human"
    MARKDOWN = "markdown"


@app.command()
def run(
    *,
    stack: StackName = DEFAULT_STACK,
    diff: Annotated[bool, typer.Option("--diff", envvar="AQDATA_DIFF", help="All properties of all changes.")] = False,
    as_json: AsJson = False,
    format_: Annotated[
        Format, typer.Option("--format", envvar="AQDATA_FORMAT", help="markdown: one comment of a pull request.")
    ] = Format.HUMAN,
    detailed_exitcode: Annotated[
        bool, typer.Option("--detailed-exitcode", envvar="AQDATA_DETAILED_EXITCODE", help="0 no changes, 2 changes.")
    ] = False,
    expect_no_changes: ExpectNoChanges = False,
    target: Targets = None,
    target_dependents: TargetDependents = False,
    replace: Replaces = None,
    parallel: Parallel = PARALLEL,
    refresh: Annotated[
        bool, typer.Option("--refresh", envvar="AQDATA_REFRESH", help="Compare with what really is there.")
    ] = False,
    config_file: ConfigFile = None,
    backend: BackendFolder = None,
) -> None:
    """Show what `up` would change, property by property. Nothing is changed.

    --json is the form of `pulumi preview --json`.
    """
    access = StackAccess(stack, config_file, backend)
    options = Options(
        targets=patterns(target),
        target_dependents=target_dependents,
        replaces=patterns(replace),
        parallel=parallel,
        refresh=refresh,
        policies=plan_policies(access),
    )
    with _digested(is_wanted=as_json) as hear:
        outcome, reports = plan(access.engine.preview, options, stack, hear)
    if format_ is Format.MARKDOWN and not as_json:
        typer.echo(load("cli.display.markdown:comment")(stack, outcome, reports), nl=False)
    elif not as_json:
        show(outcome, full=diff)
    refuse_violations(reports)
    refuse_silence(outcome)
    _judge(outcome, expect_no_changes=expect_no_changes, detailed_exitcode=detailed_exitcode)


@contextmanager
def _digested(*, is_wanted: bool) -> Iterator[OnEvent]:
    """Prints the digest of what is heard inside, also where that fails: the reasons are in it."""
    events: list[Event] = []
    try:
        yield events.append
    finally:
        if is_wanted and events:
            typer.echo(json.dumps(digest(events), indent=2))


def show(outcome: Outcome, *, full: bool) -> None:
    """The plan as a tree on stdout."""
    print_lines(console.results(), tree(outcome.steps, full=full))
    print_text(console.results(), summary(outcome, is_preview=True))


def _judge(outcome: Outcome, *, expect_no_changes: bool, detailed_exitcode: bool) -> None:
    if expect_no_changes and outcome.has_changes:
        raise UnexpectedChanges("no changes were expected, and there are some", "the plan above says which")
    if detailed_exitcode and outcome.has_changes:
        raise typer.Exit(CHANGES)
