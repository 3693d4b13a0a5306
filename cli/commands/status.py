"""Show what a stack is doing: roles, lag, endpoints, pools, backups, certificates."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Annotated, Any

import typer

from cli import console
from cli.display.status import status_json, status_tables
from cli.options import DEFAULT_STACK, AsJson, BackendFolder, ConfigFile, StackName
from cli.stack_access import StackAccess
from cli.verifier_access import verifier_access
from infra.model.errors import CannotCheck
from infra.status.facts import StackStatus
from infra.status.read import read_status
from policies.sources.live.certificates import read_certificates

app = typer.Typer()


@app.command()
def run(
    *,
    stack: StackName = DEFAULT_STACK,
    as_json: AsJson = False,
    watch: Annotated[bool, typer.Option("--watch", "-w", envvar="AQDATA_WATCH", help="Until Ctrl-C.")] = False,
    interval: Annotated[
        float, typer.Option("--interval", envvar="AQDATA_INTERVAL", min=0.5, help="Seconds between two looks.")
    ] = 2.0,
    config_file: ConfigFile = None,
    backend: BackendFolder = None,
) -> None:
    """Show roles, lag, timelines, endpoints, pools, backups and certificates of a stack, once or live.

    Exit code 3 when something is not well. With --json and --watch, one object in each line.
    """
    access = StackAccess(stack, config_file, backend)
    outputs = access.outputs()
    certificates = _certificates(access, outputs)

    def look() -> StackStatus:
        return replace(read_status(access.declared, outputs["endpoints"]), certificates=certificates)

    if watch:
        _watch(look, interval, as_json=as_json)
        return
    status = look()
    if as_json:
        typer.echo(json.dumps(status_json(status), indent=2))
    else:
        console.results().print(status_tables(status))
    if not status.is_well:
        raise CannotCheck(f"stack {stack} is not well", f"aqdata verify --stack {stack}")


def _certificates(access: StackAccess, outputs: Mapping[str, Any]) -> dict[str, int]:
    with verifier_access(access.intent, outputs) as verifier:
        found, _ = read_certificates(verifier)
    return {each.endpoint: int(each.not_after.timestamp()) for each in found}


def _watch(look: Callable[[], StackStatus], interval: float, *, as_json: bool) -> None:
    from rich.live import Live  # noqa: PLC0415 only here

    if as_json:
        while True:
            typer.echo(json.dumps(status_json(look())))
            time.sleep(interval)
    with Live(status_tables(look()), console=console.results(), auto_refresh=False, screen=True) as live:
        while True:
            time.sleep(interval)
            live.update(status_tables(look()), refresh=True)
