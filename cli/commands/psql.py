"""Open psql as a service's login, with a tenant chosen."""

from __future__ import annotations

import os
import shutil
from typing import Annotated
from uuid import UUID

import typer

from cli.connection import Databases, psql_command
from cli.options import DEFAULT_STACK, BackendFolder, ConfigFile, StackName
from cli.stack_access import StackAccess
from infra.model.errors import ConfigurationError, PrerequisiteMissing
from infra.model.intent import Intent
from infra.model.loading import load_services

app = typer.Typer()
ROLES = ("app", "readonly", "migrator")


@app.command(context_settings={"allow_extra_args": True})
def run(
    *,
    service: Annotated[str, typer.Argument(help="Such as event_service.")],
    psql_arguments: Annotated[list[str] | None, typer.Argument(help="After `--`: passed on to psql.")] = None,
    tenant: Annotated[
        str | None, typer.Option("--tenant", envvar="AQDATA_TENANT", help="The organization whose rows to see.")
    ] = None,
    role: Annotated[str, typer.Option("--role", envvar="AQDATA_ROLE", help=f"One of {', '.join(ROLES)}.")] = "app",
    stack: StackName = DEFAULT_STACK,
    config_file: ConfigFile = None,
    backend: BackendFolder = None,
) -> None:
    """Open psql as a service's login. Without --tenant no tenant's row is visible."""
    if role not in ROLES:
        raise ConfigurationError(f"no role '{role}'", f"one of {', '.join(ROLES)}")
    if shutil.which("psql") is None:
        raise PrerequisiteMissing("psql is not installed", "apt-get install postgresql-client")
    access = StackAccess(stack, config_file, backend)
    databases = Databases(Intent.of(load_services(), access.declared), access.outputs())
    chosen = databases.service(service)
    login = databases.login(chosen, f"{service}_{role}")
    setting = databases.tenant_setting(chosen, _tenant(tenant)) if tenant is not None else None
    command, environment = psql_command(login, setting, psql_arguments or [])
    os.execvpe(command[0], command, os.environ | environment)  # noqa: S606 psql takes over the terminal


def _tenant(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise ConfigurationError(
            f"'{text}' is no tenant", "a tenant is an organization's id, such as 550e8400-e29b-41d4-a716-446655440000"
        ) from error
