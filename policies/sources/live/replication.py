"""Clusters and their consensus store, asked in the nodes' containers."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import psycopg

from infra.model.errors import AqdataError, CannotCheck
from infra.model.intent import Intent
from infra.model.stack import Stack
from policies.facts.facts import Unread
from policies.facts.probes import Way
from policies.facts.replication import ConsensusNode, Node, Replication
from policies.sources.live.access import Access, first_line
from policies.sources.live.backups import Commands

VERIFIER = "verifier"
READ_ONLY: Way = "replica"
_SQL = """
SELECT json_build_object(
  'is_writable', NOT pg_is_in_recovery(),
  'timeline', CASE WHEN pg_is_in_recovery() THEN (SELECT received_tli FROM pg_stat_wal_receiver)
    ELSE ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::int END,
  'is_replay_paused', CASE WHEN pg_is_in_recovery() THEN pg_is_wal_replay_paused() ELSE false END,
  'position', pg_wal_lsn_diff(
    CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END, '0/0')::bigint,
  'receives', (SELECT status FROM pg_stat_wal_receiver),
  'slots', (SELECT json_object_agg(slot_name, active) FROM pg_replication_slots WHERE NOT temporary),
  'senders', (SELECT json_object_agg(application_name, sync_state) FROM pg_stat_replication WHERE state = 'streaming'),
  'settings', (SELECT json_object_agg(name, setting) FROM pg_settings)
)
"""
_REPLAYED = "SELECT pg_wal_lsn_diff(pg_last_wal_replay_lsn(), '0/0')::bigint"
_PSQL = ["psql", "--no-psqlrc", "-qAtX", "--host=/run/postgresql", "--username=postgres", "--dbname=postgres"]
_ASK = """
set -e
psql --no-psqlrc -qAtX --host=/run/postgresql --username=postgres --dbname=postgres --command="$1" | tr -d '\n'
echo
df --output=avail --block-size=1 /var/lib/postgresql | tail -n 1
aqstream-patroni-request GET /patroni || true
"""
_STATUS = ["aqstream-etcdctl", "endpoint", "status", "--write-out=json"]
_SNAPSHOTS = ["aqstream-etcd-snapshot", "list"]
_SNAPSHOT_FORM = "%Y%m%dT%H%M%SZ"
_REQUEST = ["aqstream-patroni-request", "GET"]


def read_replication(intent: Intent, access: Access) -> tuple[dict[str, Replication], tuple[Unread, ...]]:
    """Facts by instance; a node that does not answer is a fact, and no gap."""
    names = list(intent.stack.replicated)
    with ThreadPoolExecutor(max(1, len(names))) as pool:
        found = dict(zip(names, pool.map(lambda name: _instance(intent, access, name), names), strict=True))
    return found, ()


def read_consensus(intent: Intent) -> tuple[ConsensusNode, ...]:
    """Every declared node of etcd."""
    names = intent.stack.etcd_nodes
    with ThreadPoolExecutor(max(1, len(names))) as pool:
        return tuple(pool.map(lambda name: _consensus_node(intent.stack, name), names))


def _instance(intent: Intent, access: Access, instance: str) -> Replication:
    names = intent.stack.instances[instance].nodes(instance)
    with ThreadPoolExecutor(len(names)) as pool:
        seen = tuple(pool.map(lambda name: _node(intent.stack, name), names))
        written = max((node.position or 0 for node in seen if node.is_writable), default=0)
        nodes = tuple(pool.map(lambda node: _asked_again(intent.stack, node, written), seen))
    shared = _shared(intent.stack, [node.name for node in nodes if node.answers])
    found = Replication(instance, nodes, shared, is_paused=bool(shared.get("pause")))
    try:
        return replace(found, read_only_is_writable=_takes_writes(access, instance))
    except (AqdataError, psycopg.Error) as error:
        return replace(found, read_only_reason=first_line(error))


def _node(stack: Stack, name: str) -> Node:
    try:
        answers = Commands(stack.physical(name), stack)(["bash", "-o", "pipefail", "-c", _ASK, "ask", _SQL])
        server, _, rest = answers.partition("\n")
        free, _, answer = rest.partition("\n")
        values: dict[str, Any] = json.loads(server)
        known = {key: value for key, value in values.items() if value is not None}
        delay = int(known.get("settings", {}).get("recovery_min_apply_delay", 0))
        patroni = _body(answer)
        said = {
            "state": str(patroni.get("state", "")),
            "priority": patroni.get("tags", {}).get("failover_priority"),
            "pending_restart": tuple(sorted(patroni.get("pending_restart_reason", {}))),
        }
        return Node(name=name, apply_delay=delay, free=int(free), **said, **known)
    except (CannotCheck, ValueError) as error:
        return Node(name=name, reason=first_line(error))


def _asked_again(stack: Stack, node: Node, written: int) -> Node:
    """A replica that may have been asked before the primary had written so much says where it is now."""
    if node.is_writable is not False or node.position is None or node.position >= written:
        return node
    said = Commands(stack.physical(node.name), stack)([*_PSQL, f"--command={_REPLAYED}"], missing="")
    return replace(node, position=int(said) if said.strip().isdigit() else None)


def _shared(stack: Stack, nodes: list[str]) -> dict[str, Any]:
    answers = (Commands(stack.physical(node), stack)([*_REQUEST, "/config"], missing="") for node in nodes)
    return next(filter(None, map(_body, answers)), {})


def _body(answer: str) -> dict[str, Any]:
    """What Patroni said below the status; nothing where it is no JSON."""
    try:
        found: dict[str, Any] = json.loads(answer.partition("\n")[2])
    except ValueError:
        return {}
    return found


def _takes_writes(access: Access, instance: str) -> bool:
    """Whether the read-only endpoint leads to a server that would give a transaction its number."""
    with access.connect(instance, VERIFIER, READ_ONLY) as connection:
        row = connection.execute("SELECT pg_is_in_recovery()").fetchone()
        return row is None or not row[0]


def _consensus_node(stack: Stack, name: str) -> ConsensusNode:
    run = Commands(stack.physical(name), stack)
    try:
        status = json.loads(run(_STATUS))[0]["Status"]
        header = status["header"]
        auth = run(["aqstream-etcdctl", "auth", "status"])
    except (CannotCheck, ValueError, LookupError):
        return ConsensusNode(name)
    return ConsensusNode(
        name,
        header["member_id"],
        status.get("leader", 0),
        header.get("raft_term", 0),
        "Status: true" in auth,
        _snapshot_age(run(_SNAPSHOTS, missing="").split()),
    )


def _snapshot_age(names: list[str]) -> float | None:
    """Seconds since the newest, which like all is named by its time; by this machine's clock."""
    moments = [datetime.strptime(name, _SNAPSHOT_FORM).replace(tzinfo=UTC) for name in names]
    return (datetime.now(UTC) - max(moments)).total_seconds() if moments else None
