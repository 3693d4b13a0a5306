"""How to reach a deployed stack; pure, and without a secret in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any


def guide(stack: str, outputs: Mapping[str, Any]) -> list[str]:
    """The endpoints, and the commands that connect as a service."""
    endpoints = outputs.get("endpoints")
    if not isinstance(endpoints, Mapping):
        return []
    return ["Endpoints", *_endpoints(endpoints), *_connecting(stack, endpoints, outputs.get("credentials") or {})]


def _endpoints(endpoints: Mapping[str, Any]) -> Iterator[str]:
    width = max((len(name) for name in endpoints), default=0)
    for name, endpoint in endpoints.items():
        database = f"/{endpoint['database']}" if endpoint.get("database") else ""
        yield f"  {name:{width}}  {endpoint['host']}:{endpoint['port']}{database}"


def _connecting(stack: str, endpoints: Mapping[str, Any], credentials: Mapping[str, Any]) -> Iterator[str]:
    service = next(iter(sorted(credentials)), None)
    if service is None:
        return
    yield "Connect as a service"
    yield f"  aqdata outputs credentials --stack {stack} --show-secrets   # every login's password"
    yield f"  aqdata outputs authority --stack {stack} > {stack}-ca.pem    # what signs the servers' certificates"
    postgres = next(((name, each) for name, each in endpoints.items() if each.get("database")), None)
    if postgres is not None:
        _, endpoint = postgres
        login = next(iter(credentials[service].get("postgres") or {}), f"{service}_app")
        yield (
            f'  psql "host={endpoint["host"]} port={endpoint["port"]} dbname={endpoint["database"]} '
            f'user={login} sslmode=verify-full sslrootcert={stack}-ca.pem"'
        )
