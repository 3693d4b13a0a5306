"""Delete every resource of a stack."""

from __future__ import annotations

from typing import Annotated

import typer

from cli import console
from cli.consent import ask, ask_for_name, is_interactive
from cli.display.printing import print_lines, print_text
from cli.display.risk import Concern, risks
from cli.display.tree import tree
from cli.operation import carry_out, patterns, plan, summary
from cli.options import (
    DEFAULT_STACK,
    PARALLEL,
    AsJson,
    BackendFolder,
    ConfigFile,
    Message,
    Parallel,
    StackName,
    TargetDependents,
    Targets,
    Yes,
)
from cli.protection import unprotect
from cli.stack_access import StackAccess
from infra.engine import Options
from infra.host.docker_api import reach

app = typer.Typer()


@app.command()
def run(
    *,
    stack: StackName = DEFAULT_STACK,
    yes: Yes = False,
    confirm: Annotated[
        str, typer.Option("--confirm", envvar="AQDATA_CONFIRM", help="The name of a protected stack.")
    ] = "",
    as_json: AsJson = False,
    target: Targets = None,
    target_dependents: TargetDependents = False,
    parallel: Parallel = PARALLEL,
    message: Message = "",
    config_file: ConfigFile = None,
    backend: BackendFolder = None,
) -> None:
    """Delete every resource of a stack. A protected stack's name has to be typed, or given with --confirm."""
    access = StackAccess(stack, config_file, backend)
    options = Options(targets=patterns(target), target_dependents=target_dependents, parallel=parallel, message=message)
    if access.declared.protect:
        warning = f"Stack {stack} is protected: it would be destroyed with its data."
        ask_for_name(stack, confirmed=confirm, warning=warning)
        # The typed name stands for the consent that protection asks for. Volumes with data are retained all the same.
        unprotect(access.engine)
    elif not yes:
        _ask(access, options)
    reach()
    outcome = carry_out(access.engine.destroy, options, stack, as_json=as_json)
    print_text(console.progress(), summary(outcome, is_preview=False))


def _ask(access: StackAccess, options: Options) -> None:
    if is_interactive():
        outcome, _ = plan(access.engine.preview_destroy, options, access.name)
        print_lines(console.progress(), tree(outcome.steps, full=False))
        lost = [risk.text for risk in risks(outcome.steps) if risk.concern is Concern.DATA_LOSS]
        print_text(console.progress(), f"{len(lost)} of them hold data, which is lost.", "bold red")
    ask(f"Destroy stack {access.name}?", yes=False)
