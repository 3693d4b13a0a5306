"""The stack's object store: buckets as declared, and one user for each service, instance and purpose."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import pulumi
import pulumi_docker as docker

from infra.components.container import UID, Server, hardened, volume
from infra.components.network import STORE_ALIAS, store_networks
from infra.components.object_access import (
    Statement,
    metrics_statements,
    owner_statements,
    provisioner_statements,
    verifier_statements,
)
from infra.components.resources import Files, Password
from infra.components.trust import Trust
from infra.model.intent import Intent
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
from infra.model.storage import Bucket
from infra.provider.bucket_form import anonymous_document, anonymous_sentences, lifecycle_promise

PORT = 9000
SEALING_KEY_NAME = "aqstream"
_LIVE = f"https://localhost:{PORT}/minio/health/live"
_HEALTHCHECK = ("curl", "--silent", "--fail", "--cacert", "/etc/aqstream/certs/CAs/authority.crt", _LIVE)


@dataclass(frozen=True)
class ObjectStoreArgs:
    """`networks`: short name -> physical network; `image`: the image's id."""

    intent: Intent
    trust: Trust
    networks: Mapping[str, pulumi.Output[str]]
    image: pulumi.Input[str]


class ObjectStore(pulumi.ComponentResource):
    """MinIO. `credentials`: service -> key pair; `backups`: instance -> key pair; `verifier`, `metrics`: key pairs.

    All of them are secret. `backup_access`: instance -> what its backups need to be there.
    """

    def __init__(self, name: str, args: ObjectStoreArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("aqstream:data:ObjectStore", name, None, opts)
        self._name, self._args = name, args
        self._stack = args.intent.stack
        self._root, self._provisioner, self._seal = (self._secret(user) for user in (ROOT, PROVISIONER, "seal"))
        self._container = self._start(self._files())
        self._server = self._handed_over()
        self._users: dict[str, pulumi.Resource] = {}
        buckets = {name: self._bucket(name, declared) for name, declared in declared_buckets(args.intent).items()}
        self.verifier = self._user(VERIFIER, verifier_statements())
        self.metrics = self._user(METRICS, metrics_statements())
        owners = {
            access.login: self._user(access.login, owner_statements(access)) for access in store_accesses(args.intent)
        }
        self.credentials = {name: owners[name] for name in args.intent.services if name in owners}
        self.backups = {instance: owners[backup_user(instance)] for instance in self._stack.instances}
        self.backup_access = {
            instance: (buckets[BACKUP_BUCKET], self._users[backup_user(instance)]) for instance in self._stack.instances
        }
        self.register_outputs({"endpoint": self.endpoint})

    @property
    def endpoint(self) -> dict[str, Any]:
        """Where clients of the published port connect."""
        return {"host": str(self._stack.address), "port": self._stack.object_store.port}

    def _secret(self, user: str) -> pulumi.Output[str]:
        return Password(f"{self._name}-{user}", pulumi.ResourceOptions(parent=self)).result

    def _files(self) -> Files:
        config = volume(f"{self._name}-config", self._stack, self, holds_data=False)
        certificate = self._args.trust.server(self, self._name, [STORE_ALIAS])
        files = {
            "certs/public.crt": certificate.certificate,
            "certs/private.key": certificate.privateKey,
            "certs/CAs/authority.crt": self._args.trust.authority,
            "secrets/root-user": ROOT,
            "secrets/root-password": self._root,
            "secrets/sealing-key": self._seal.apply(sealing_key),
        }
        props = {
            "volume": config.name,
            "image": self._args.image,
            "files": files,
            "uid": UID,
            "gid": UID,
            # MinIO watches its certificates, but loses the second of two changes that come close together.
            "notify": {"container": self._stack.physical(self._name), "signal": "SIGHUP"},
        }
        return Files(f"{self._name}-files", props, pulumi.ResourceOptions(parent=self))

    def _start(self, files: Files) -> docker.Container:
        self._data = volume(f"{self._name}-data", self._stack, self, holds_data=True)
        server = Server(
            name=self._name,
            image=self._args.image,
            networks={name: (self._args.networks[name], [STORE_ALIAS]) for name in store_networks(self._stack)},
            ports={PORT: self._stack.object_store.port},
            volumes={"/data": self._data.name},
            configuration=self._stack.physical(f"{self._name}-config"),
            limits=self._stack.object_store.limits,
            healthcheck=_HEALTHCHECK,
            stop_signal="SIGTERM",
            tmpfs={"/tmp": "64m"},  # noqa: S108 the container's own
        )
        return hardened(server, self._stack, pulumi.ResourceOptions(parent=self, depends_on=[files]))

    def _handed_over(self) -> pulumi.CustomResource:
        props = {
            "container": self._container.name,
            "root": self._login(ROOT, self._root),
            "login": self._login(PROVISIONER, self._provisioner),
            "statements": provisioner_statements(),
            "sealingKey": self._seal,
            "rootAccess": False,
        }
        return pulumi.CustomResource("aqstream:s3:Server", self._name, props, self._inside(self._container))

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
        }
        user = pulumi.CustomResource("aqstream:s3:User", f"{self._name}-{name}", props, self._inside(self._server))
        self._users[name] = user
        return {"accessKey": name, "secretKey": secret_key}

    def _login(self, access_key: str, secret_key: pulumi.Output[str]) -> dict[str, Any]:
        pair = {"accessKey": access_key, "secretKey": secret_key}
        return self.endpoint | pair | {"authority": self._args.trust.authority}

    def _inside(self, needed: pulumi.Resource) -> pulumi.ResourceOptions:
        """For what the server keeps in its volume: it survives the container and goes with the volume."""
        return pulumi.ResourceOptions(parent=self, depends_on=[needed], deleted_with=self._data)


def sealing_key(secret: str) -> str:
    """The static key in MinIO's form `name:base64(32 bytes)`, from a generated secret (40 characters, 238 bits)."""
    return f"{SEALING_KEY_NAME}:{base64.b64encode(sha256(secret.encode()).digest()).decode()}"


def _with(opts: pulumi.ResourceOptions, more: pulumi.ResourceOptions) -> pulumi.ResourceOptions:
    return pulumi.ResourceOptions.merge(opts, more)
