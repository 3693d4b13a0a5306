"""Measure what the project promises, and print the figures."""

import tempfile
from pathlib import Path
from typing import Annotated

import typer

from cli import console
from cli.checks import run_tests
from infra.host.ready import ensure_ready
from infra.images.build import ensure_images
from infra.images.catalogue import STACK_IMAGES

app = typer.Typer()
_ALONE = ("-p", "no:xdist", "--capture=no", "--quiet")


@app.command()
def run(
    pytest_arguments: Annotated[list[str] | None, typer.Argument(help="After `--`: passed on to pytest.")] = None,
    failover: Annotated[
        bool, typer.Option("--failover", help="Instead: what faults and changes cost a cluster; half an hour.")
    ] = False,
) -> None:
    """Measure what the project promises, and print the figures.

    Benchmarks run one at a time. Exit code 1 when a promise is broken or nothing was measured.
    """
    tests = "tests/production" if failover else "tests/benchmarks"
    ensure_ready(console.steps())
    ensure_images(STACK_IMAGES, console.steps())
    with tempfile.TemporaryDirectory() as folder:
        arguments = (tests, *_ALONE, *(pytest_arguments or ()))
        outcome = run_tests("benchmarks", arguments, Path(folder) / "junit.xml")
    if not outcome.passed:
        raise typer.Exit(1)
