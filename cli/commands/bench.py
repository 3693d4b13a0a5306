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
_ALONE = ("tests/benchmarks", "-p", "no:xdist", "--capture=no", "--quiet")


@app.command()
def run(
    pytest_arguments: Annotated[list[str] | None, typer.Argument(help="After `--`: passed on to pytest.")] = None,
) -> None:
    """Measure what the project promises, and print the figures.

    Benchmarks run one at a time. Exit code 1 when a promise is broken or nothing was measured.
    """
    ensure_ready(console.steps())
    ensure_images(STACK_IMAGES, console.steps())
    with tempfile.TemporaryDirectory() as folder:
        outcome = run_tests("benchmarks", (*_ALONE, *(pytest_arguments or ())), Path(folder) / "junit.xml")
    if not outcome.passed:
        raise typer.Exit(1)
