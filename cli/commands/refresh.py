"""Read every resource back and write what is found to the state."""

from __future__ import annotations

import typer

from cli import console
from cli.consent import ask
from cli.display.printing import print_text
from cli.operation import carry_out, patterns
from cli.options import (
    DEFAULT_STACK,
    PARALLEL,
    AsJson,
    BackendFolder,
    ConfigFile,
    ExpectNoChanges,
    Message,
    Parallel,
    StackName,
    Targets,
    Yes,
)
from cli.stack_access import StackAccess
from infra.engine import Options
from infra.host.docker_api import reach

app = typer.Typer()


@app.command()
def run(
    *,
    stack: StackName = DEFAULT_STACK,
    yes: Yes = False,
    as_json: AsJson = False,
    expect_no_changes: ExpectNoChanges = False,
    target: Targets = None,
    parallel: Parallel = PARALLEL,
    message: Message = "",
    config_file: ConfigFile = None,
    backend: BackendFolder = None,
) -> None:
    """Read every resource back and write what is found to the state; the next `up` mends the drift."""
    access = StackAccess(stack, config_file, backend)
    if access.declared.environment != "development":
        ask(f"Write what is found to the state of {stack}?", yes=yes)
    reach()
    options = Options(targets=patterns(target), parallel=parallel, message=message, expect_no_changes=expect_no_changes)
    outcome = carry_out(access.engine.refresh, options, stack, as_json=as_json)
    drifted = sum(count for op, count in outcome.changes.items() if op in ("update", "delete"))
    found = f"{drifted} resources have drifted" if drifted else "No drift"
    next_step = f"; `aqdata preview --stack {stack}` shows what mends it" if drifted else ""
    print_text(console.progress(), f"{found}{next_step} ({outcome.duration:.1f} s).")
