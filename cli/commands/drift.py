"""Compare program, state and the running stack, changing nothing."""

from typing import Annotated

import typer

from cli import console, options
from cli.planes import Request, gather, planned
from cli.stack_access import StackAccess
from cli.state_drift import state_drift
from infra.model.errors import AqdataError, CannotCheck
from infra.model.loading import load_intent
from policies.drift import Difference, compare
from policies.facts.facts import Part, Unread

app = typer.Typer()
_PARTS: frozenset[Part] = frozenset({"catalog", "settings", "hba", "containers", "networks", "cache", "objects"})


@app.command()
def drift(
    stack: options.StackName = options.DEFAULT_STACK,
    config_file: options.ConfigFile = None,
    backend: options.BackendFolder = None,
    names_only: Annotated[bool, typer.Option("--names-only", help="One object per line.")] = False,
) -> None:
    """Name each difference between what is declared and what runs, and the command that mends it.

    Exit code 0 when there is none, 1 when there are, 3 when something could not be read.
    """
    request = Request(StackAccess(stack, config_file, backend), load_intent(stack, config_file), _PARTS, read_only=True)
    rendered, live = (gather(plane, request)[0] for plane in ("rendered-sql", "live"))
    plan, outcome = planned(request)
    found = compare(rendered, plan, live)
    differences, unread = list(found.differences), list(found.unread)
    try:
        differences += state_drift(request.stack.engine, stack, outcome)
    except AqdataError as error:
        unread.append(Unread("resources", "the state", error.message))
    for difference in differences:
        _print(difference, names_only=names_only)
    if unread:
        raise CannotCheck(f"{unread[0].object}: {unread[0].reason}", f"aqdata verify --stack {stack} --plane live")
    if not differences and not names_only:
        console.results().print(f"Stack {stack} is as declared.")
    raise typer.Exit(1 if differences else 0)


def _print(difference: Difference, *, names_only: bool) -> None:
    lines = [difference.object]
    if not names_only:
        lines += [
            f"  {difference.aspect}: declared {difference.declared}, found {difference.actual}",
            f"  {difference.right} is right; mend: {difference.mend}",
        ]
    for line in lines:
        console.results().print(line, markup=False, highlight=False, soft_wrap=True)
