"""Patroni's settings: the node's own file, and what all nodes of a cluster share through etcd."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from infra.components.container import CONFIGURATION
from infra.components.trust import SUPERUSER
from infra.model.stack import Instance

REST_PORT = 8008
REPLICATOR = "replicator"
REWINDER = "rewinder"
NAMESPACE = "/aqstream/"
CLUSTER_LOGINS = (REPLICATOR, REWINDER)
WITH_ROOM = 2
"""A node's `failover_priority`; the guard in its container says 1 when its disk has too little room."""
_TLS = f"{CONFIGURATION}/tls"
_DATA = "/var/lib/postgresql/data"

# A vanished primary's lease ends within 8 s, and who takes over is there and known to proxy and pooler some three
# seconds later; a primary that loses etcd gives up after 1 + 2 * 3, so a second before it ends. Where etcd's leader
# vanishes with it, the lease begins again when the next one is elected, and a second is added to it.
TIMING = {"ttl": 8, "loop_wait": 1, "retry_timeout": 3}

_CLIENT = {"cacert": "authority.crt", "certfile": "server.crt", "keyfile": "server.key"}

# PostgreSQL takes these on its command line from Patroni, because replicas must not have less than the primary.
CONTROLLED = (
    "max_connections",
    "max_locks_per_transaction",
    "max_prepared_transactions",
    "max_replication_slots",
    "max_wal_senders",
    "max_worker_processes",
    "track_commit_timestamp",
    "wal_level",
)


@dataclass(frozen=True)
class Node:
    """One node of an instance's cluster. `secrets`: login -> password, for etcd under the instance's name."""

    name: str
    instance: str
    etcd: Sequence[str]
    secrets: Mapping[str, str]


def patroni_yml(node: Node, dynamic: Mapping[str, Any] | None) -> str:
    """The node's settings file, secrets included. Which node leads is no part of it.

    `dynamic` is for the one node that makes the cluster; the others wait for it, however early they start.
    """
    return yaml.safe_dump(
        {
            "scope": node.instance,
            "namespace": NAMESPACE,
            "name": node.name,
            "log": {"level": "INFO", "format": "%(asctime)s %(levelname)s: %(message)s"},
            "restapi": _rest_api(node.name),
            "ctl": {
                "cacert": f"{_TLS}/authority.crt",
                "certfile": f"{_TLS}/server.crt",
                "keyfile": f"{_TLS}/server.key",
            },
            "etcd3": _etcd(node),
            **({} if dynamic is None else {"bootstrap": {"dcs": dict(dynamic), "initdb": _INITDB}}),
            "postgresql": _postgresql(node),
            "tags": {"failover_priority": WITH_ROOM},
            # A process in the container, not a device: the image's `deadline.py`. One second before the lease ends.
            "watchdog": {"mode": "required", "safety_margin": 1},
        }
    )


def dynamic_settings(instance: Instance, settings: Mapping[str, str]) -> dict[str, Any]:
    """What the nodes share. `settings` are PostgreSQL's; only those that Patroni insists on are passed through it.

    A crashed primary is restarted in place for 5 s, which loses nothing, before another one takes over.
    """
    controlled = {name: settings[name] for name in CONTROLLED if name in settings}
    return TIMING | {
        "failsafe_mode": True,
        "maximum_lag_on_failover": instance.max_lag,
        "member_slots_ttl": "10min",
        "primary_start_timeout": 5,
        # Any one replica is enough, so that another one may go away without a pause.
        "synchronous_mode": "quorum" if instance.synchronous else False,
        "synchronous_mode_strict": instance.synchronous,
        "postgresql": {"use_pg_rewind": True, "use_slots": True, "parameters": controlled},
    }


def replication_settings(stanza: str, nodes: int) -> dict[str, str]:
    """PostgreSQL's settings of a node, over those that it would have as a plain server.

    A replica that is gone may hold back a bounded amount of WAL; beyond that it catches up from the archive.
    """
    return {
        "hot_standby": "on",
        "hot_standby_feedback": "on",
        "max_wal_senders": str(max(10, 3 * nodes)),
        "max_replication_slots": str(max(10, 3 * nodes)),
        "max_slot_wal_keep_size": "2GB",
        "wal_keep_size": "128MB",
        "wal_log_hints": "on",
        "wal_receiver_timeout": "10s",
        # By default a replica looks for WAL every 5 s; until one follows the next timeline, payment takes no commits.
        "wal_retrieve_retry_interval": "1s",
        "wal_sender_timeout": "10s",
        "archive_command": f"aqstream-pgbackrest-push {stanza} %p",
        "restore_command": f'aqstream-restore-wal {stanza} %f "%p"',
        "recovery_target_timeline": "latest",
    }


OWN_SETTINGS = {
    "hba_file": f"{CONFIGURATION}/pg_hba.conf",
    "ident_file": f"{CONFIGURATION}/pg_ident.conf",
    "unix_socket_directories": "/run/postgresql",
}
"""What Patroni would set in its own way after reading the node's `postgresql.conf`."""

_INITDB = [
    {"auth-local": "peer"},
    {"auth-host": "scram-sha-256"},
    "data-checksums",
    {"encoding": "UTF8"},
    {"locale-provider": "builtin"},
    {"builtin-locale": "C.UTF-8"},
    {"locale": "C.UTF-8"},
]


def _rest_api(name: str) -> dict[str, Any]:
    """Anybody on the network may ask how the node is; to change anything takes a certificate of the authority."""
    return {
        "listen": f"0.0.0.0:{REST_PORT}",
        "connect_address": f"{name}:{REST_PORT}",
        "certfile": f"{_TLS}/server.crt",
        "keyfile": f"{_TLS}/server.key",
        "cafile": f"{_TLS}/authority.crt",
        "verify_client": "optional",
    }


def _etcd(node: Node) -> dict[str, Any]:
    return {
        "hosts": list(node.etcd),
        "protocol": "https",
        "cacert": f"{_TLS}/authority.crt",
        "cert": f"{_TLS}/server.crt",
        "key": f"{_TLS}/server.key",
        "username": node.instance,
        "password": node.secrets[node.instance],
    }


def _postgresql(node: Node) -> dict[str, Any]:
    return {
        "listen": "0.0.0.0:5432",
        "connect_address": f"{node.name}:5432",
        "data_dir": _DATA,
        "bin_dir": "/usr/lib/postgresql/17/bin",
        "custom_conf": f"{CONFIGURATION}/postgresql.conf",
        "pgpass": "/tmp/pgpass",  # noqa: S108 the container's own
        "use_unix_socket": True,
        "parameters": OWN_SETTINGS,
        # Tidying up must keep nobody from being promoted; nor may a node that has these settings before its next image.
        "pre_promote": "sh -c 'aqstream-before-promotion || :'",
        "authentication": {
            "superuser": {"username": SUPERUSER, "password": node.secrets[SUPERUSER]},
            "replication": _login(REPLICATOR, node),
            "rewind": _login(REWINDER, node),
        },
        "create_replica_methods": ["basebackup"],
        "basebackup": [{"checkpoint": "fast"}],
        "remove_data_directory_on_rewind_failure": True,
        "remove_data_directory_on_diverged_timelines": True,
    }


def _login(user: str, node: Node) -> dict[str, str]:
    return {
        "username": user,
        "password": node.secrets[user],
        "sslmode": "verify-full",
        "sslrootcert": f"{_TLS}/authority.crt",
    }
