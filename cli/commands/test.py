"""Check format, lint and types, and run the tests."""

import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from cli import console
from cli.checks import STATIC_CHECKS, Outcome, run_check, run_tests
from infra.host.programs_of_tests import ensure_test_programs
from infra.host.ready import ensure_ready
from infra.images.build import ensure_images
from infra.images.catalogue import STACK_IMAGES

app = typer.Typer()
_PARALLEL = ("--ignore=tests/benchmarks", "--numprocesses=auto", "--dist=loadfile", "--durations=10", "--quiet")


@app.command()
def run(
    pytest_arguments: Annotated[list[str] | None, typer.Argument(help="After `--`: passed on to pytest.")] = None,
    long: Annotated[bool, typer.Option("--long", help="Also the tests that take minutes.")] = False,
) -> None:
    """Check format, lint and types, and run the tests.

    Exit code 0 when everything passed and at least one test ran, 1 otherwise.
    """
    ensure_ready(console.steps())
    ensure_test_programs(console.steps())
    ensure_images(STACK_IMAGES, console.steps())
    outcomes = [run_check(check) for check in STATIC_CHECKS]
    marks = () if long else ("-m", "not long")
    with tempfile.TemporaryDirectory() as folder:
        arguments = (*_PARALLEL, *marks, *(pytest_arguments or ()))
        outcomes.append(run_tests("tests", arguments, Path(folder) / "junit.xml"))
    console.results().print(_table(outcomes))
    if not all(outcome.passed for outcome in outcomes):
        raise typer.Exit(1)


def _table(outcomes: Iterable[Outcome]) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0))
    for heading in ("check", "verdict", "seconds", ""):
        table.add_column(heading)
    for outcome in outcomes:
        verdict = "[green]passed[/]" if outcome.passed else "[bold red]failed[/]"
        table.add_row(outcome.name, verdict, f"{outcome.seconds:.1f}", outcome.note)
    return table
