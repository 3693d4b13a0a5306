"""Show the contract of cache keys, as a table or as constants for services."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from cli import console
from infra.cache_constants import as_java, as_json, entries, pattern
from infra.model.loading import load_services
from infra.model.service import Service

app = typer.Typer(no_args_is_help=True)


class Format(StrEnum):
    """How the keys are shown."""

    HUMAN = "human"
    JSON = "json"
    JAVA = "java"


@app.callback()
def group() -> None:
    """The cache's side of the platform."""


@app.command()
def keys(
    *,
    form: Annotated[
        Format, typer.Option("--format", envvar="AQDATA_CACHE_FORMAT", help="For people, or constants.")
    ] = Format.HUMAN,
) -> None:
    """Every declared key with its lifetime, its server and what invalidates it."""
    services = load_services()
    if form is Format.HUMAN:
        _print_table(services)
    else:
        typer.echo((as_json if form is Format.JSON else as_java)(services))


def _print_table(services: dict[str, Service]) -> None:
    from rich.table import Table  # noqa: PLC0415 slow to import, and of no use to the other forms

    table = Table(box=None, padding=(0, 2, 0, 0))
    for heading in ("key", "lifetime", "server", "forgotten at", "about"):
        table.add_column(heading, overflow="fold")
    for service, name, entry in entries(services):
        lifetime = f"{entry.ttl} s"
        table.add_row(pattern(service, name, entry), lifetime, entry.role, entry.invalidated_by, entry.about)
    console.results().print(table)
