"""The stack's object store: buckets as declared, and one user for each service, instance and purpose."""

import base64
from collections.abc import Sequence
from hashlib import sha256
from typing import Any

import pulumi

from infra.components.hosts import hosts_input
from infra.components.object_access import (
    Statement,
    metrics_statements,
    owner_statements,
    provisioner_statements,
    verifier_statements,
)
from infra.components.pgbackrest import BackupTarget
from infra.components.resources import Password
from infra.components.store_node import ObjectStoreArgs, StartedNode, StoreSecrets, store_member, store_node
from infra.model.availability import ETCD
from infra.model.object_access import (
    METRICS,
    PROVISIONER,
    ROOT,
    VERIFIER,
    backup_user,
    declared_buckets,
    store_accesses,
)
from infra.model.stack import BACKUP_BUCKET
from infra.model.storage import Bucket, StoreNode
from infra.provider.bucket_form import anonymous_document, anonymous_sentences, lifecycle_promise

SEALING_KEY_NAME = "aqstream"


class ObjectStore(pulumi.ComponentResource):
    """MinIO. `credentials`: service -> key pair; `backups`: instance -> key pair; `verifier`, `metrics`: key pairs.

    All of them are secret. `backup_access`: instance -> what its backups need to be there. `snapshots`: the consensus
    store's, None where there is none.
    """

    def __init__(self, name: str, args: ObjectStoreArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("aqstream:data:ObjectStore", name, None, opts)
        self._name, self._args = name, args
        self._stack = args.intent.stack
        self._root, self._provisioner, self._seal = (self._secret(user) for user in (ROOT, PROVISIONER, "seal"))
        shared = StoreSecrets(self._root, self._seal.apply(sealing_key))
        self._nodes = self._one_after_another(shared)
        self._data = self._nodes[0].data
        self._server = self._handed_over()
        self._users: dict[str, pulumi.Resource] = {}
        buckets = {name: self._bucket(name, declared) for name, declared in declared_buckets(args.intent).items()}
        is_distributed = self._stack.object_store.is_distributed
        self.verifier = self._user(VERIFIER, verifier_statements(sees_drives=is_distributed))
        self.metrics = self._user(METRICS, metrics_statements())
        owners = {
            access.login: self._user(access.login, owner_statements(access)) for access in store_accesses(args.intent)
        }
        self.credentials = {name: owners[name] for name in args.intent.services if name in owners}
        self.backups = {instance: owners[backup_user(instance)] for instance in self._stack.instances}
        self.backup_access = {
            instance: (buckets[BACKUP_BUCKET], self._users[backup_user(instance)]) for instance in self._stack.instances
        }
        self.snapshots = _target(owners[ETCD], buckets[BACKUP_BUCKET], self._users[ETCD]) if ETCD in owners else None
        self.register_outputs({"endpoint": self.endpoint})

    @property
    def endpoint(self) -> dict[str, Any]:
        """Where clients of the published port connect."""
        return self._endpoint_of(self._stack.object_store.every_node[0])

    @property
    def endpoints(self) -> dict[str, Any]:
        """Every node's address; a client of a distributed store may use any of them, which the first one's lists."""
        nodes = {node.name: self._endpoint_of(node) for node in self._stack.object_store.every_node}
        return nodes if len(nodes) == 1 else nodes | {self._name: self.endpoint | {"nodes": list(nodes.values())}}

    def _one_after_another(self, shared: StoreSecrets) -> list[StartedNode]:
        """All nodes, each after the one before it is back, so that a change renews them in turn."""
        *earlier, last = self._stack.object_store.every_node
        started, before = list[StartedNode](), list[pulumi.Resource]()
        for node in earlier:
            started.append(store_node(self, node, self._args, shared, before))
            before = [store_member(self, node, started[-1], self._args)]
        return [*started, store_node(self, last, self._args, shared, before)]

    def _endpoint_of(self, node: StoreNode) -> dict[str, Any]:
        return {"host": self._stack.address_of(node.name), "port": node.port}

    def _secret(self, user: str) -> pulumi.Output[str]:
        return Password(f"{self._name}-{user}", pulumi.ResourceOptions(parent=self)).result

    def _handed_over(self) -> pulumi.CustomResource:
        containers = [node.container.name for node in self._nodes]
        props = {
            "container": containers[0],
            "root": self._login(ROOT, self._root),
            "login": self._login(PROVISIONER, self._provisioner),
            "statements": provisioner_statements(),
            "sealingKey": self._seal,
            "rootAccess": False,
        }
        props |= hosts_input(self._stack, *(node.name for node in self._stack.object_store.every_node))
        if len(containers) > 1:
            props["otherNodes"] = containers[1:]
        started = [node.container for node in self._nodes]
        return pulumi.CustomResource("aqstream:s3:Server", self._name, props, self._inside(*started))

    @property
    def _containers(self) -> dict[str, Any]:
        """All of the store's, and their hosts."""
        names = [node.name for node in self._stack.object_store.every_node]
        return {"containers": [self._stack.physical(name) for name in names], **hosts_input(self._stack, *names)}

    def _bucket(self, name: str, declared: Bucket) -> pulumi.Resource:
        props = {
            "server": self._login(PROVISIONER, self._provisioner),
            "name": name,
            "versioned": declared.versioned,
            "noncurrentDays": declared.noncurrent_days,
            "publicRead": declared.public_read,
            "quota": declared.quota or 0,
            "encrypted": declared.encrypted,
            "lifecycle": lifecycle_promise(declared.noncurrent_days),
            "anonymous": anonymous_sentences(anonymous_document(name, public_read=declared.public_read)),
            **self._containers,
        }
        kept = pulumi.ResourceOptions(protect=self._stack.protect, retain_on_delete=self._stack.protect)
        return pulumi.CustomResource("aqstream:s3:Bucket", name, props, _with(self._inside(self._server), kept))

    def _user(self, name: str, statements: Sequence[Statement]) -> dict[str, Any]:
        secret_key = self._secret(name)
        props = {
            "server": self._login(PROVISIONER, self._provisioner),
            "name": name,
            "secretKey": secret_key,
            "statements": list(statements),
            "policies": [name],
            "enabled": True,
            **self._containers,
        }
        user = pulumi.CustomResource("aqstream:s3:User", f"{self._name}-{name}", props, self._inside(self._server))
        self._users[name] = user
        return {"accessKey": name, "secretKey": secret_key}

    def _login(self, access_key: str, secret_key: pulumi.Output[str]) -> dict[str, Any]:
        pair = {"accessKey": access_key, "secretKey": secret_key}
        return self.endpoint | pair | {"authority": self._args.trust.authority}

    def _inside(self, *needed: pulumi.Resource) -> pulumi.ResourceOptions:
        """For what the server keeps in its volume: it survives the container and goes with the volume."""
        return pulumi.ResourceOptions(parent=self, depends_on=list(needed), deleted_with=self._data)


def _target(login: dict[str, Any], *ready: pulumi.Resource | None) -> BackupTarget:
    return BackupTarget(login["accessKey"], login["secretKey"], [each for each in ready if each])


def sealing_key(secret: str) -> str:
    """The static key in MinIO's form `name:base64(32 bytes)`, from a generated secret (40 characters, 238 bits)."""
    return f"{SEALING_KEY_NAME}:{base64.b64encode(sha256(secret.encode()).digest()).decode()}"


def _with(opts: pulumi.ResourceOptions, more: pulumi.ResourceOptions) -> pulumi.ResourceOptions:
    return pulumi.ResourceOptions.merge(opts, more)
