"""Deploy a stack, and verify it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli import console
from cli.commands.preview import show
from cli.connection_guide import guide
from cli.consent import ask, is_interactive
from cli.display.printing import print_text
from cli.display.timings import Timings
from cli.operation import carry_out, patterns, plan, plan_policies, refuse_silence, refuse_violations, summary
from cli.options import (
    DEFAULT_STACK,
    PARALLEL,
    AsJson,
    BackendFolder,
    ConfigFile,
    Evidence,
    ExpectNoChanges,
    Message,
    Parallel,
    Replaces,
    StackName,
    TargetDependents,
    Targets,
    Yes,
)
from cli.stack_access import StackAccess
from infra.engine import Options, Outcome
from infra.engine.loading import load
from infra.engine.values import reveal
from infra.host.ready import ensure_ready
from infra.images.pull import ensure_chosen, needing_work
from infra.model.recovery.evidence import EVIDENCE
from infra.model.stack import Stack

if TYPE_CHECKING:
    from policies.verification import Verification

app = typer.Typer()


@app.command()
def run(
    *,
    stack: StackName = DEFAULT_STACK,
    yes: Yes = False,
    as_json: AsJson = False,
    skip_verify: Annotated[
        bool, typer.Option("--skip-verify", envvar="AQDATA_SKIP_VERIFY", help="Do not prove the result.")
    ] = False,
    show_timings: Annotated[
        bool, typer.Option("--timings", envvar="AQDATA_TIMINGS", help="Print where the time went.")
    ] = False,
    expect_no_changes: ExpectNoChanges = False,
    target: Targets = None,
    target_dependents: TargetDependents = False,
    replace: Replaces = None,
    parallel: Parallel = PARALLEL,
    refresh: Annotated[
        bool, typer.Option("--refresh", envvar="AQDATA_REFRESH", help="Read everything back first.")
    ] = False,
    message: Message = "",
    evidence: Evidence = EVIDENCE,
    config_file: ConfigFile = None,
    backend: BackendFolder = None,
) -> None:
    """Deploy a stack: prepare the host, build missing images, change what differs, and verify the result.

    A development stack is deployed without a question when there is no terminal to ask at.
    """
    access = StackAccess(stack, config_file, backend)
    timings = Timings()
    options = Options(
        targets=patterns(target),
        target_dependents=target_dependents,
        replaces=patterns(replace),
        parallel=parallel,
        expect_no_changes=expect_no_changes,
        refresh=refresh,
        policies=plan_policies(access),
        message=message,
    )
    engine = access.engine
    _prepare(access.declared, timings)
    with timings.phase("plan and consent"):
        _ask(access, options, yes=yes)
    with timings.phase("deploy"):
        outcome = carry_out(engine.up, options, stack, as_json=as_json, timings=timings)
    _guide(access, outcome, quiet=as_json)
    code = 0 if skip_verify else _verify(access, evidence, outcome, timings, quiet=as_json)
    for line in timings.report() if show_timings else ():
        print_text(console.progress(), line)
    print_text(console.progress(), summary(outcome, is_preview=False))
    refuse_silence(outcome)
    if code:
        raise typer.Exit(code)


def _prepare(stack: Stack, timings: Timings) -> None:
    step = console.steps()
    with timings.phase("host"):
        absent = ensure_ready(step).engine.missing_images
    with timings.phase("images"):
        ensure_chosen(needing_work(stack.used_images, absent), step)


def _ask(access: StackAccess, options: Options, *, yes: bool) -> None:
    is_development = access.declared.environment == "development"
    if yes or (is_development and not is_interactive()):
        return
    if not is_interactive():
        ask("", yes=False)
    outcome, reports = plan(access.engine.preview, options, access.name)
    if not outcome.has_changes or (is_development and set(outcome.changes) <= {"create", "same", "read"}):
        return
    show(outcome, full=False)
    refuse_violations(reports)
    ask(f"Change stack {access.name}?", yes=False)


def _guide(access: StackAccess, outcome: Outcome, *, quiet: bool) -> None:
    if outcome.has_changes and not quiet:
        for line in guide(access.name, reveal(dict(outcome.outputs))):
            print_text(console.results(), line)


def _verify(access: StackAccess, evidence: Path, outcome: Outcome, timings: Timings, *, quiet: bool) -> int:
    """Prove what was changed; what was not changed was proved before."""
    if not outcome.has_changes:
        return 0
    with timings.phase("verify"):
        verification: Verification = load("cli.verification:prove")(access, evidence, quiet=quiet)
    return verification.exit_code
