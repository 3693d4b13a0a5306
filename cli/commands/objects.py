"""Reach the object store by hand: presigned URLs, what lay there at a moment, a token for its metrics."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import typer

from cli import console
from cli.display.objects import change_json, change_table
from cli.display.printing import print_text
from cli.options import DEFAULT_STACK, AsJson, BackendFolder, ConfigFile, StackName
from cli.stack_access import StackAccess
from infra.metrics_token import metrics_token
from infra.model.errors import ConfigurationError
from infra.model.loading import load_services
from infra.model.quantity import parse_seconds
from infra.object_history import bring_back, changes_since, read_versions
from infra.presigned import Method, presign
from infra.provider.object_store_login import StoreLogin, connect

if TYPE_CHECKING:
    from infra.provider.object_store_session import Store

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


Service = Annotated[str, typer.Argument(help="The service that owns the bucket, e.g. media_service.")]
BucketName = Annotated[str, typer.Argument(help="One of its buckets.")]
Prefix = Annotated[str, typer.Argument(help="A tenant's folder or less of it: {tenant_id}/...")]


@app.command("history")
def show_history(
    service: Service,
    bucket: BucketName,
    prefix: Prefix,
    *,
    at: Annotated[str, typer.Option("--at", envvar="AQDATA_AT", help="A moment, such as 2026-03-01T12:00:00Z.")],
    as_json: AsJson = False,
    stack: StackName = DEFAULT_STACK,
    config_file: ConfigFile = None,
    backend: BackendFolder = None,
) -> None:
    """The objects that were there at a moment, and what has become of them."""
    _require_tenant(prefix)
    with _owner(service, bucket, StackAccess(stack, config_file, backend)) as store:
        changes = changes_since(read_versions(store.s3, bucket, prefix), _moment("--at", at, bucket))
    if as_json:
        typer.echo(json.dumps(change_json(changes), indent=2))
    else:
        console.results().print(change_table(changes))


@app.command("restore")
def restore_objects(
    service: Service,
    bucket: BucketName,
    prefix: Prefix,
    *,
    to: Annotated[str, typer.Option("--to", envvar="AQDATA_TO", help="A moment, such as 2026-03-01T12:00:00Z.")],
    plan_only: Annotated[
        bool, typer.Option("--plan", envvar="AQDATA_PLAN", help="Say what would be brought back and stop.")
    ] = False,
    stack: StackName = DEFAULT_STACK,
    config_file: ConfigFile = None,
    backend: BackendFolder = None,
) -> None:
    """Bring back what was deleted or overwritten since a moment; what is newer stays, and nothing is lost by it."""
    _require_tenant(prefix)
    with _owner(service, bucket, StackAccess(stack, config_file, backend)) as store:
        changes = changes_since(read_versions(store.s3, bucket, prefix), _moment("--to", to, bucket))
        changed = [change for change in changes if change.state in ("deleted", "overwritten")]
        console.results().print(change_table(changed))
        for change in changed:
            if change.then and not plan_only:
                bring_back(store.s3, bucket, change.then)
    word = "would be brought back" if plan_only else "brought back"
    print_text(console.progress(), f"{len(changed)} of {len(changes)} objects {word}.")


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


def _require_tenant(prefix: str) -> None:
    tenant, slash, _ = prefix.partition("/")
    try:
        UUID(tenant)
    except ValueError:
        slash = ""
    if not slash:
        raise ConfigurationError(f"prefix '{prefix}': is in no tenant's folder", "expected {tenant_id}/ or more of it")


@contextmanager
def _owner(service: str, bucket: str, access: StackAccess) -> Iterator[Store]:
    _require_owned(service, bucket)
    outputs = access.outputs()
    with connect(_login(outputs, outputs["credentials"][service]["s3"])) as store:
        yield store


def _moment(option: str, text: str, bucket: str) -> float:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise ConfigurationError(f"{option} {text}: {error}", f"for example {option} 2026-03-01T12:00:00Z") from error
    seconds = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    kept = next(found.buckets[bucket].noncurrent_days for found in load_services().values() if bucket in found.buckets)
    if seconds > time.time():
        raise ConfigurationError(f"{option} {text}: that moment has not come", "name an earlier one")
    if seconds < time.time() - (kept or 0) * 86400:
        raise ConfigurationError(
            f"{option} {text}: {bucket} keeps what was replaced or deleted for {kept or 0} days", "name a later moment"
        )
    return seconds


def _lifetime(text: str) -> timedelta:
    try:
        return timedelta(seconds=parse_seconds(text))
    except ValueError as error:
        raise ConfigurationError(f"--expires {text}: {error}", "for example --expires 15m") from error


def _login(outputs: Mapping[str, Any], pair: dict[str, str]) -> StoreLogin:
    endpoint = outputs["endpoints"]["minio"]
    where = {"host": endpoint["host"], "port": int(endpoint["port"]), "authority": outputs["authority"]}
    return StoreLogin.model_validate(where | pair)
