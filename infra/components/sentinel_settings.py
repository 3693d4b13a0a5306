"""What lets the nodes of a replicated cache server find each other, and their Sentinels' configuration, as text."""

from infra.components.cache_settings import CONFIGURATION
from infra.model.cache import PRIMARY_SET, QUORUM, Cache, SentinelNode
from infra.model.cache_access import SENTINEL

PORT = 6379
SENTINEL_PORT = 26379
DOWN_AFTER_MILLISECONDS = 3000
"""For so long a primary may be silent; a kill that its container's restart mends sooner needs no other primary."""
_FAILOVER_TIMEOUT_MILLISECONDS = 10_000


def replication_conf(password: str) -> str:
    """How a node logs in to the primary; the rest of its replication is in the settings."""
    return f'masterauth "{password}"\n'


def node_files(cache: Cache) -> dict[str, str]:
    """What a node asks at its start: the Sentinels; and who is primary where they do not answer yet."""
    return {
        "primary-set": f"{PRIMARY_SET}\n",
        "sentinels": "".join(f"{sentinel.name}\n" for sentinel in cache.sentinels),
        "first-primary": f"{cache.nodes('durable')[0].name}\n",
    }


def known_nodes(cache: Cache) -> str:
    """Every node and every Sentinel by name, a line each."""
    names = [node.name for node in cache.nodes("durable")] + [sentinel.name for sentinel in cache.sentinels]
    return "".join(f"{name}\n" for name in names)


def sentinel_conf(cache: Cache, sentinel: SentinelNode, password: str) -> str:
    """The Sentinel's whole configuration; names instead of addresses, for a container's address changes."""
    per_set = {
        "monitor": f"{cache.nodes('durable')[0].name} {PORT} {QUORUM}",
        "auth-user": SENTINEL,
        "auth-pass": password,
        "down-after-milliseconds": str(DOWN_AFTER_MILLISECONDS),
        "failover-timeout": str(_FAILOVER_TIMEOUT_MILLISECONDS),
        "parallel-syncs": "1",
    }
    general = [f"{key} {value}" for key, value in _SERVER.items()]
    own = [f"sentinel {key} {value}" for key, value in (_NAMES | _own(sentinel, password)).items()]
    watched = [f"sentinel {key} {PRIMARY_SET} {value}" for key, value in per_set.items()]
    return "".join(f"{line}\n" for line in [*general, *own, *watched])


def _own(sentinel: SentinelNode, password: str) -> dict[str, str]:
    return {
        "announce-ip": sentinel.name,
        "announce-port": str(SENTINEL_PORT),
        "sentinel-user": SENTINEL,
        "sentinel-pass": password,
    }


_SERVER = {
    "port": "0",
    "tls-port": str(SENTINEL_PORT),
    "tls-replication": "yes",
    "tls-auth-clients": "no",
    "tls-protocols": '"TLSv1.2 TLSv1.3"',
    "tls-cert-file": f"{CONFIGURATION}/tls/server.crt",
    "tls-key-file": f"{CONFIGURATION}/tls/server.key",
    "tls-ca-cert-file": f"{CONFIGURATION}/tls/authority.crt",
    "protected-mode": "no",
    "dir": "/data",
    "aclfile": "/data/users.acl",
}
_NAMES = {"resolve-hostnames": "yes", "announce-hostnames": "yes"}
