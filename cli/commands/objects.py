"""Reach the object store by hand: presigned URLs, a token for its metrics."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Any

import typer

from cli.options import DEFAULT_STACK, BackendFolder, ConfigFile, StackName
from cli.stack_access import StackAccess
from infra.metrics_token import metrics_token
from infra.model.errors import ConfigurationError
from infra.model.loading import load_services
from infra.model.quantity import parse_seconds
from infra.presigned import Method, presign
from infra.provider.object_store_login import StoreLogin

app = typer.Typer(no_args_is_help=True)


class HttpMethod(StrEnum):
    """What a URL is for."""

    GET = "GET"
    PUT = "PUT"


@app.callback()
def group() -> None:
    """The object store's side of the platform."""


@app.command("presign")
def presign_object(
    service: Annotated[str, typer.Argument(help="The service that owns the bucket, e.g. media_service.")],
    bucket: Annotated[str, typer.Argument(help="One of its buckets.")],
    key: Annotated[str, typer.Argument(help="The object: {tenant_id}/...")],
    *,
    method: Annotated[
        HttpMethod, typer.Option("--method", envvar="AQDATA_METHOD", help="To fetch or to store it.")
    ] = HttpMethod.GET,
    expires: Annotated[str, typer.Option("--expires", envvar="AQDATA_EXPIRES", help="Its lifetime, up to 1h.")] = "15m",
    stack: StackName = DEFAULT_STACK,
    config_file: ConfigFile = None,
    backend: BackendFolder = None,
) -> None:
    """Print a URL that fetches or stores one object of one tenant until it expires."""
    _require_owned(service, bucket)
    outputs = StackAccess(stack, config_file, backend).outputs()
    kind: Method = "GET" if method is HttpMethod.GET else "PUT"
    login = _login(outputs, outputs["credentials"][service]["s3"])
    typer.echo(presign(login, bucket, key, kind, _lifetime(expires)))


@app.command("metrics-token")
def print_metrics_token(
    *,
    days: Annotated[int, typer.Option("--days", envvar="AQDATA_DAYS", min=1, help="Its lifetime.")] = 365,
    stack: StackName = DEFAULT_STACK,
    config_file: ConfigFile = None,
    backend: BackendFolder = None,
) -> None:
    """Print a bearer token for /minio/v2/metrics/cluster that opens nothing else."""
    outputs = StackAccess(stack, config_file, backend).outputs()
    login = _login(outputs, outputs["storageCredentials"]["s3"]["metrics"])
    typer.echo(metrics_token(login.access_key, login.secret_key, timedelta(days=days)))


def _require_owned(service: str, bucket: str) -> None:
    services = load_services()
    if service not in services or bucket not in services[service].buckets:
        owned = ", ".join(f"{name} {owned}" for name in services for owned in services[name].buckets)
        raise ConfigurationError(f"{service} owns no bucket '{bucket}'", f"expected one of: {owned}")


def _lifetime(text: str) -> timedelta:
    try:
        return timedelta(seconds=parse_seconds(text))
    except ValueError as error:
        raise ConfigurationError(f"--expires {text}: {error}", "for example --expires 15m") from error


def _login(outputs: Mapping[str, Any], pair: dict[str, str]) -> StoreLogin:
    endpoint = outputs["endpoints"]["minio"]
    where = {"host": endpoint["host"], "port": int(endpoint["port"]), "authority": outputs["authority"]}
    return StoreLogin.model_validate(where | pair)
