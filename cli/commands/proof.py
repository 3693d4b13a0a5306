"""Prove tenant isolation, replay what leaks, and compare policies."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from cli import catalogs, console
from cli.display import proofs
from cli.options import DEFAULT_STACK, AsJson, BackendFolder, ConfigFile, StackName
from cli.proving import Proof, prove_all, replay_all
from cli.stack_access import StackAccess
from infra.model.errors import CannotCheck, ConfigurationError
from infra.model.intent import Intent
from infra.model.loading import load_intent
from policies.proof.obligation import Verdict

ALL_PROVED, LEAKS, NOT_KNOWN = 0, 1, 3

app = typer.Typer(no_args_is_help=True)
Rendered = Annotated[
    bool, typer.Option("--rendered-sql", envvar="AQDATA_RENDERED_SQL", help="The checkout's SQL instead of a server.")
]


def _proofs(stack: str, config_file: Path | None, backend: Path | None, from_sql: bool) -> tuple[Intent, list[Proof]]:
    intent = load_intent(stack, config_file)
    found = (
        catalogs.rendered(intent) if from_sql else catalogs.deployed(StackAccess(stack, config_file, backend), intent)
    )
    return intent, prove_all(found, intent)


@app.command()
def run(  # noqa: PLR0917 one parameter for each option
    stack: StackName = DEFAULT_STACK,
    from_sql: Rendered = False,
    replay: Annotated[
        bool, typer.Option("--replay/--no-replay", help="Repeat each leak on the server, in a rolled-back transaction.")
    ] = True,
    as_json: AsJson = False,
    config_file: ConfigFile = None,
    backend: BackendFolder = None,
) -> None:
    """Prove every tenant table for every login and command; show each leak with the statements that repeat it.

    Exit code 0 when all is proved, 1 with a leak, 3 when something is not known or a leak did not show on the server.
    """
    intent, found = _proofs(stack, config_file, backend, from_sql)
    leaks = [leak for proof in found for leak in proof.leaks]
    shown = replay_all(found, intent) if leaks and replay and not from_sql else {}
    if as_json:
        typer.echo(proofs.as_json(found, shown))
    else:
        proofs.print_run(console.results(), found, shown)
    verdicts = Counter(obligation.verdict for proof in found for obligation in proof.obligations)
    if not verdicts:
        raise CannotCheck(f"stack {stack} has no tenant table to prove", "see infra/services")
    defects = any(not each.confirmed for each in shown.values())
    raise typer.Exit(NOT_KNOWN if defects or verdicts[Verdict.UNKNOWN] else LEAKS if leaks else ALL_PROVED)


@app.command()
def show(
    table: Annotated[str, typer.Argument(help="Such as event_service.events.")],
    stack: StackName = DEFAULT_STACK,
    from_sql: Rendered = False,
    config_file: ConfigFile = None,
    backend: BackendFolder = None,
) -> None:
    """Show a table's filters as each login meets them, what is proved of them, and what the proofs rest on."""
    _, found = _proofs(stack, config_file, backend, from_sql)
    tables = {obligation.table for proof in found for obligation in proof.obligations}
    if table not in tables:
        raise ConfigurationError(f"no tenant table '{table}'", f"one of {', '.join(sorted(tables))}")
    for proof in found:
        proofs.print_table(console.results(), proof, table)


@app.command()
def diff(  # noqa: PLR0917 one parameter for each option
    old: Annotated[str, typer.Argument(help="A git revision, `.` for the checkout, an SQL file, or a stack.")],
    new: Annotated[str, typer.Argument(help="The same; by default the checkout.")] = ".",
    stack: StackName = DEFAULT_STACK,
    as_json: AsJson = False,
    config_file: ConfigFile = None,
    backend: BackendFolder = None,
) -> None:
    """Say for each table, login and command whether NEW shows more or less than OLD, with a row that tells them apart.

    Exit code 0 when nothing is wider, 1 when something is, 3 when something is not known.
    """
    from policies.proof.compare import Change, differences  # noqa: PLC0415 z3 takes 0.3 s to import

    intent = load_intent(stack, config_file)
    chosen = StackAccess(stack, config_file, backend)
    before, after = (catalogs.named(reference, intent, chosen) for reference in (old, new))
    found = [difference for instance in before for difference in differences(before[instance], after[instance], intent)]
    changes = Counter(difference.change for difference in found)
    if as_json:
        typer.echo(proofs.differences_as_json(found))
    else:
        proofs.print_differences(console.results(), found)
    wider = changes[Change.WIDER] + changes[Change.INCOMPARABLE]
    raise typer.Exit(LEAKS if wider else NOT_KNOWN if changes[Change.UNKNOWN] else ALL_PROVED)
