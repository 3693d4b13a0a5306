"""Ask the containers of a stack how they are, side by side; what does not answer is shown as such."""

import csv
import json
import time
from collections.abc import Container, Mapping
from concurrent.futures import ThreadPoolExecutor
from io import StringIO
from typing import Any

from infra.backup.container import execute
from infra.host.machines import what_answers
from infra.model.availability import pooler_of, proxy_of
from infra.model.backups import STATUS_FILE
from infra.model.containers import declared_limits
from infra.model.errors import ResourceError
from infra.model.stack import Stack
from infra.patroni.cluster import Cluster, Member
from infra.status.facts import Backups, Instance, Part, Pool, Server, StackStatus

_POOLS = ["psql", "--no-psqlrc", "--csv", "--host=/run/pgbouncer", "--port=6432", "--username=pgbouncer"]
_POOLS += ["--dbname=pgbouncer", "--command=SHOW POOLS"]
_PROXY = ["sh", "-c", "echo 'show stat' | socat -t 2 stdio unix-connect:/run/haproxy/admin.sock"]
_ROLES = {"leader": "primary", "sync_standby": "synchronous replica", "quorum_standby": "synchronous replica"}


def read_status(stack: Stack, endpoints: Mapping[str, Mapping[str, Any]]) -> StackStatus:
    """The stack now; `endpoints` are its outputs. Raises ResourceError where Docker does not answer."""
    found, silent = what_answers(stack)
    health = _health(stack, found, silent)
    with ThreadPoolExecutor(max(1, len(stack.instances))) as pool:
        read = pool.map(lambda name: _instance(stack, name, endpoints.get(name, {}), health), stack.instances)
        instances = tuple(read)
    servers = {node for name, declared in stack.instances.items() for node in declared.nodes(name)}
    parts = [Part(*item) for item in health.items() if item[0] not in servers]
    parts += [Part(f"host {host}", "does not answer", error.message) for host, error in silent.items()]
    return StackStatus(stack.name, instances, tuple(parts), read_at=time.time())


def _health(stack: Stack, found: Mapping[str, Mapping[str, Any]], silent: Container[str | None]) -> dict[str, str]:
    """A word for every container that is declared or there, by its name without the stack's prefix."""
    declared = {name: "unknown" if stack.host_of(name) in silent else "missing" for name in declared_limits(stack)}
    return declared | {name.removeprefix(stack.physical("")): _word(each) for name, each in found.items()}


def _word(listed: Mapping[str, Any]) -> str:
    state, status = str(listed["State"]), str(listed["Status"])
    if state != "running":
        return state
    words = {"(healthy)": "healthy", "(unhealthy)": "unhealthy", "(health: starting)": "starting"}
    return next((word for mark, word in words.items() if mark in status), state)


def _instance(stack: Stack, name: str, endpoint: Mapping[str, Any], health: Mapping[str, str]) -> Instance:
    if not stack.instances[name].is_replicated:
        state = health[name]
        server = Server(name, "primary", "running" if state in ("healthy", "starting") else state)
        return Instance(name, _addresses(endpoint), (server,), _backups(stack.physical(name)))
    members = {member.name: member for member in _cluster(stack, name).members()}
    nodes = stack.instances[name].nodes(name)
    servers = tuple(_server(node, members.get(node), health) for node in nodes)
    primary = next((server.name for server in servers if server.role == "primary"), nodes[0])
    reads, writes = _behind_proxy(stack.physical(proxy_of(name)))
    pools = _pools(stack.physical(pooler_of(name)))
    backups = _backups(stack.physical(primary))
    return Instance(name, _addresses(endpoint), servers, backups, pools, reads, writes)


def _cluster(stack: Stack, name: str) -> Cluster:
    return Cluster([stack.physical(node) for node in stack.instances[name].nodes(name)])


def _server(name: str, member: Member | None, health: Mapping[str, str]) -> Server:
    if member is None:
        return Server(name, "unknown", health[name])
    role = _ROLES.get(member.role, member.role)
    return Server(name, role, member.state, member.timeline, member.lag, member.has_room)


def _addresses(endpoint: Mapping[str, Any]) -> dict[str, str]:
    kinds = {"read-write": endpoint, "read-only": endpoint.get("readOnly"), "pooled": endpoint.get("pooled")}
    return {kind: f"{found['host']}:{found['port']}" for kind, found in kinds.items() if found}


def _said(container: str, command: list[str]) -> str:
    """What it printed, nothing where it cannot be asked."""
    try:
        ended = execute(container, command)
    except ResourceError:
        return ""
    return "" if ended.code else ended.output


def _pools(container: str) -> tuple[Pool, ...]:
    rows = csv.DictReader(StringIO(_said(container, _POOLS)))
    return tuple(
        Pool(row["user"], *(int(row[key]) for key in ("cl_active", "cl_waiting", "sv_active", "sv_idle")))
        for row in rows
        if row["database"] != "pgbouncer"
    )


def _behind_proxy(container: str) -> tuple[int | None, int | None]:
    """How many servers get reads, and how many writes; None where the proxy does not answer."""
    text = _said(container, _PROXY)
    if not text:
        return None, None
    rows = list(csv.DictReader(StringIO(text.removeprefix("# "))))
    up = [row["pxname"] for row in rows if row["svname"] not in ("FRONTEND", "BACKEND") and row["status"] == "UP"]
    return up.count("read-only"), up.count("read-write")


def _backups(container: str) -> Backups:
    try:
        found = json.loads(_said(container, ["cat", STATUS_FILE]))
    except ValueError:
        return Backups(error="the scheduler has said nothing yet")
    newest = int(found.get("newest", {}).get("full", 0)) or None
    checked = int(found["checked"]) if "checked" in found else None
    return Backups(newest, checked, _failures(found, newest or 0), str(found.get("error", "")))


def _failures(found: Mapping[str, Any], newest: int) -> int:
    """Failed runs since the newest full, which another node may have made."""
    is_over = newest >= int(found.get("lastRun", {}).get("started", 0))
    return 0 if is_over else int(found.get("failures", 0))
