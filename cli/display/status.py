"""A stack's state as tables for people and as JSON for programs."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from cli.display.quantities import duration, iso, size
from infra.status.facts import Backups, Instance, Server, StackStatus

if TYPE_CHECKING:
    from rich.console import Group
    from rich.table import Table

_SOON = 30 * 86400


def status_tables(status: StackStatus) -> Group:
    """Servers with their endpoints, pools, other parts, certificates."""
    from rich.console import Group  # noqa: PLC0415 costs time that no other command pays
    from rich.text import Text  # noqa: PLC0415 the same

    verdict = Text(f"{status.stack}: {'well' if status.is_well else 'not well'}", "green" if status.is_well else "red")
    tables = [_servers(status), _pools(status), _parts(status), _certificates(status)]
    return Group(verdict, *(table for table in tables if table.row_count))


def status_json(status: StackStatus) -> dict[str, Any]:
    """The same; moments in ISO 8601, lag in bytes."""
    return {
        "stack": status.stack,
        "well": status.is_well,
        "instances": {each.name: _instance_json(each) for each in status.instances},
        "parts": {part.name: {"health": part.health, "well": part.is_well} for part in status.parts},
        "certificates": {name: iso(end) for name, end in status.certificates.items()},
    }


def _instance_json(instance: Instance) -> dict[str, Any]:
    backups = instance.backups
    return {
        "well": instance.is_well,
        "endpoints": instance.endpoints,
        "servers": [vars(server) for server in instance.servers],
        "pools": [vars(pool) for pool in instance.pools],
        "proxy": {"reads": instance.reads, "writes": instance.writes},
        "backups": {
            "newestFull": iso(backups.newest_full),
            "checked": iso(backups.checked),
            "failures": backups.failures,
            "error": backups.error,
        },
    }


def _table(title: str, *columns: str) -> Table:
    from rich.table import Table  # noqa: PLC0415 the same

    table = Table(*columns, title=title, title_justify="left", box=None, pad_edge=False, header_style="dim")
    table.title_style = "bold"
    return table


def _servers(status: StackStatus) -> Table:
    table = _table("PostgreSQL", "instance", "server", "role", "state", "timeline", "lag", "endpoints", "newest full")
    for instance in status.instances:
        for position, server in enumerate(instance.servers):
            first = (instance.name, _endpoints(instance), _newest(instance.backups)) if not position else ("", "", "")
            table.add_row(first[0], *_server(server), *first[1:])
    return table


def _server(server: Server) -> Iterator[str]:
    color = "green" if server.state in ("running", "streaming") and server.has_room else "red"
    yield server.name
    yield server.role
    yield f"[{color}]{server.state if server.has_room else f'{server.state}, disk nearly full'}[/{color}]"
    yield str(server.timeline or "-")
    yield size(server.lag) if server.lag is not None else "-"


def _endpoints(instance: Instance) -> str:
    counts = {"read-write": instance.writes, "read-only": instance.reads}
    up = {kind: f" ({count} up)" for kind, count in counts.items() if count is not None}
    return ", ".join(f"{kind} {where}{up.get(kind, '')}" for kind, where in instance.endpoints.items())


def _newest(backups: Backups) -> str:
    if backups.error or backups.failures:
        return f"[red]{backups.error or f'{backups.failures} failures'}[/red]"
    return f"{duration(time.time() - backups.newest_full)} ago" if backups.newest_full else "none yet"


def _pools(status: StackStatus) -> Table:
    table = _table("Pools", "instance", "login", "clients served", "waiting", "sessions busy", "idle")
    for instance in status.instances:
        for pool in instance.pools:
            counts = (pool.active, pool.waiting, pool.busy, pool.idle)
            table.add_row(instance.name, pool.user, *map(str, counts))
    return table


def _parts(status: StackStatus) -> Table:
    table = _table("Other parts", "container", "health")
    for part in sorted(status.parts, key=lambda part: part.name):
        color = "green" if part.is_well else "red"
        table.add_row(part.name, f"[{color}]{part.health}[/{color}]")
    return table


def _certificates(status: StackStatus) -> Table:
    table = _table("Certificates", "endpoint", "valid for")
    for name, end in sorted(status.certificates.items()):
        left = end - status.read_at
        word = duration(left) if left > 0 else "expired"
        table.add_row(name, f"[{'red' if left < _SOON else 'green'}]{word}[/]")
    return table
