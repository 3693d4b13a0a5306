"""Print what an application needs to connect as a service."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli import console
from cli.application import FORMATS, application
from cli.connection import service_named
from cli.options import DEFAULT_STACK, BackendFolder, ConfigFile, StackName
from cli.stack_access import StackAccess
from infra.model.errors import ConfigurationError
from infra.model.loading import load_services

app = typer.Typer()


@app.command()
def run(
    *,
    service: Annotated[str, typer.Argument(help="Such as event_service.")],
    spelling: Annotated[
        str, typer.Option("--format", envvar="AQDATA_FORMAT", help=f"One of {', '.join(FORMATS)}.")
    ] = "dotenv",
    show_secrets: Annotated[
        bool, typer.Option("--show-secrets", envvar="AQDATA_SHOW_SECRETS", help="Print secrets in plain text.")
    ] = False,
    authority: Annotated[
        Path | None, typer.Option("--authority", help="Write the CA certificate there; the settings name it.")
    ] = None,
    stack: StackName = DEFAULT_STACK,
    config_file: ConfigFile = None,
    backend: BackendFolder = None,
) -> None:
    """Print a service's connection settings: PostgreSQL, its replicas and pooler, Redis, Sentinels, object store."""
    if spelling not in FORMATS:
        raise ConfigurationError(f"no format '{spelling}'", f"one of {', '.join(FORMATS)}")
    chosen = service_named(load_services(), service)
    outputs = StackAccess(stack, config_file, backend).outputs()
    path = authority or Path(f"{stack}-ca.pem")
    if authority:
        authority.write_text(outputs["authority"], encoding="ascii")
    elif not path.exists():
        console.progress().print(f"The certificate that {path} stands for: --authority {path} writes it.")
    typer.echo(FORMATS[spelling](application(chosen, outputs, str(path.absolute()), show_secrets)))
