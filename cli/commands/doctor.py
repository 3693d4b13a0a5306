"""Say what this host lacks and the command that mends it."""

from collections.abc import Iterable
from typing import Annotated

import typer
from rich.table import Table

from cli import console
from infra.host.prerequisites import Prerequisite, State
from infra.host.ready import ensure_ready, inspect_host

app = typer.Typer()
_COLOURS = {State.OK: "green", State.OPTIONAL: "dim", State.MISSING: "bold red"}


@app.command()
def doctor(
    fix: Annotated[bool, typer.Option("--fix", help="Mend it, as root on Debian.")] = False,
) -> None:
    """Say what this host lacks and the command that mends it.

    Exit code 0 when nothing is missing, 2 otherwise.
    """
    if fix:
        ensure_ready(console.steps())
    _, prerequisites = inspect_host()
    console.results().print(_table(prerequisites))
    if any(each.state is State.MISSING for each in prerequisites):
        raise typer.Exit(2)


def _table(prerequisites: Iterable[Prerequisite]) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0))
    for heading in ("prerequisite", "state", "found"):
        table.add_column(heading)
    table.add_column("command", overflow="fold")
    for each in prerequisites:
        colour = _COLOURS[each.state]
        table.add_row(each.name, f"[{colour}]{each.state.value}[/]", each.found, each.command)
    return table
