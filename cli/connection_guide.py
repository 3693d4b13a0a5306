"""How to reach a deployed stack; pure, and without a secret in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any


def guide(stack: str, outputs: Mapping[str, Any]) -> list[str]:
    """The endpoints, and the commands that connect as a service."""
    endpoints = outputs.get("endpoints")
    if not isinstance(endpoints, Mapping):
        return []
    return ["Endpoints", *_endpoints(endpoints), *_connecting(stack, sorted(outputs.get("credentials") or {}))]


def _endpoints(endpoints: Mapping[str, Any]) -> Iterator[str]:
    width = max((len(name) for name in endpoints), default=0)
    for name, endpoint in sorted(endpoints.items()):
        database = f"/{endpoint['database']}" if endpoint.get("database") else ""
        yield f"  {name:{width}}  {endpoint['host']}:{endpoint['port']}{database}"


def _connecting(stack: str, services: Sequence[str]) -> Iterator[str]:
    if not services:
        return
    yield f"Connect as a service ({', '.join(services)})"
    yield f"  ./aqdata psql {services[0]} --stack {stack}                   # a session of its login"
    yield f"  ./aqdata psql {services[0]} --stack {stack} --tenant UUID     # the same inside a tenant"
    yield f"  ./aqdata env {services[0]} --stack {stack} --show-secrets     # its connection settings"
