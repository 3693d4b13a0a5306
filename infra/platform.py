"""The whole topology on one page: what a stack consists of and how the parts hang together."""

from typing import Any

import pulumi

from infra.components.cache import Cache, CacheArgs
from infra.components.etcd import Etcd, EtcdArgs
from infra.components.hosts import declare_hosts
from infra.components.images import image_ids
from infra.components.network import Networks
from infra.components.object_store import ObjectStore
from infra.components.pgbackrest import BackupTarget
from infra.components.postgres import INSTANCE_ROLES, PostgresArgs, PostgresCluster
from infra.components.store_node import ObjectStoreArgs
from infra.components.trust import Trust
from infra.model.availability import ETCD
from infra.model.intent import Intent
from infra.model.service import Service


class Platform:
    """Four PostgreSQL instances, Redis and MinIO, with their networks, certificates and credentials."""

    def __init__(self, intent: Intent) -> None:
        self._intent = intent
        declare_hosts(intent.stack)
        images = image_ids(intent.stack)
        networks = Networks(intent.stack).names
        self._trust = Trust(intent.stack)
        self._store = ObjectStore("minio", ObjectStoreArgs(intent, self._trust, networks, images["minio"]))
        snapshots = self._store.snapshots
        self._etcd = (
            Etcd("etcd", EtcdArgs(intent.stack, self._trust, networks, images["etcd"], snapshots))
            if snapshots
            else None
        )
        self._clusters = {
            name: PostgresCluster(
                name,
                PostgresArgs(intent, self._trust, networks, images, self._backup_target(name), self._etcd),
            )
            for name in intent.stack.instances
        }
        self._cache = Cache("redis", CacheArgs(intent, self._trust, networks, images["redis"]))

    def _backup_target(self, instance: str) -> BackupTarget:
        login = self._store.backups[instance]
        return BackupTarget(login["accessKey"], login["secretKey"], self._store.backup_access[instance])

    def export(self) -> None:
        """Stack outputs: `endpoints`, `authority` (PEM), and as secrets the credentials of services and instances,
        and the key of each instance's backups, without which nobody can read them."""
        pulumi.export("endpoints", self._endpoints())
        pulumi.export("authority", self._trust.authority)
        services = self._intent.services.values()
        pulumi.export(
            "credentials", pulumi.Output.secret({service.name: self._credentials(service) for service in services})
        )
        pulumi.export(
            "instanceCredentials",
            pulumi.Output.secret({name: _instance_logins(cluster) for name, cluster in self._clusters.items()}),
        )
        ciphers = {name: cluster.cipher for name, cluster in self._clusters.items()}
        ciphers |= {ETCD: self._etcd.cipher} if self._etcd else {}
        pulumi.export("backupCiphers", pulumi.Output.secret(ciphers))
        pulumi.export("storageCredentials", pulumi.Output.secret(self._storage_credentials()))

    def _endpoints(self) -> dict[str, Any]:
        instances = {name: cluster.endpoint for name, cluster in self._clusters.items()}
        return instances | self._cache.endpoints | self._store.endpoints

    def _storage_credentials(self) -> dict[str, Any]:
        """The logins of Redis and of the object store that belong to no service."""
        store = {"verifier": self._store.verifier, "metrics": self._store.metrics, "backups": self._store.backups}
        if snapshots := self._store.snapshots:
            store[ETCD] = {"accessKey": snapshots.access_key, "secretKey": snapshots.secret_key}
        return {"redis": {"verifier": self._cache.verifier}, "s3": store}

    def _credentials(self, service: Service) -> dict[str, Any]:
        cluster = self._clusters[service.instance]
        return {
            "postgres": {role: cluster.passwords[role] for role in service.logins},
            **({"tenantKey": cluster.tenant_key} if cluster.tenant_key is not None else {}),
            "redis": self._cache.credentials.get(service.name),
            "s3": self._store.credentials.get(service.name),
        }


def _instance_logins(cluster: PostgresCluster) -> dict[str, pulumi.Output[str]]:
    return {role: cluster.passwords[role] for role in INSTANCE_ROLES}
