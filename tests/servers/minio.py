"""A MinIO server with the stack's own buckets and users."""

import secrets
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from minio import Minio

from infra.components.object_access import (
    metrics_statements,
    owner_statements,
    provisioner_statements,
    verifier_statements,
)
from infra.components.object_store import sealing_key
from infra.components.store_node import drives
from infra.model.intent import Intent
from infra.model.loading import load_intent
from infra.model.object_access import METRICS, PROVISIONER, ROOT, VERIFIER, declared_buckets, store_accesses
from infra.model.storage import Bucket
from infra.provider.bucket import BucketInputs, BucketType
from infra.provider.bucket_form import anonymous_document, anonymous_sentences, lifecycle_promise
from infra.provider.object_store_login import StoreLogin
from infra.provider.object_store_server import ObjectStoreServerType, StoreServerInputs
from infra.provider.object_store_session import Store
from infra.provider.object_store_user import ObjectStoreUserType, StoreUserInputs
from tests.servers.container import Authority, RunningServer, joined, network, running

PORT = 9000


@dataclass(frozen=True)
class TestMinio:
    """A running MinIO and every secret key to it."""

    __test__ = False

    server: RunningServer
    authority: Authority
    intent: Intent
    secrets: Mapping[str, str] = field(repr=False)

    def login(self, user: str, secret_key: str | None = None) -> StoreLogin:
        """The user's login."""
        where = {"host": "127.0.0.1", "port": self.server.port, "authority": self.authority.certificate}
        return StoreLogin.model_validate(where | {"accessKey": user, "secretKey": secret_key or self.secrets[user]})

    def s3(self, user: str) -> Minio:
        """The user's S3 client."""
        return Store(self.login(user)).s3

    def server_inputs(self, **changes: Any) -> StoreServerInputs:
        """What the program declares for the server."""
        declared = {
            "container": self.server.name,
            "root": self.login(ROOT),
            "login": self.login(PROVISIONER),
            "statements": provisioner_statements(),
            "sealingKey": self.secrets["seal"],
        }
        return StoreServerInputs.model_validate(declared | changes)

    def bucket_inputs(self, name: str, **changes: Any) -> BucketInputs:
        """What the program declares for the bucket."""
        declared = self.buckets[name]
        values = {
            "server": self.login(PROVISIONER),
            "name": name,
            "versioned": declared.versioned,
            "noncurrentDays": declared.noncurrent_days,
            "publicRead": declared.public_read,
            "quota": declared.quota or 0,
            "encrypted": declared.encrypted,
            "lifecycle": lifecycle_promise(declared.noncurrent_days),
            "anonymous": anonymous_sentences(anonymous_document(name, public_read=declared.public_read)),
        }
        return BucketInputs.model_validate(values | changes)

    def user_inputs(self, name: str, **changes: Any) -> StoreUserInputs:
        """What the program declares for the user."""
        values = {
            "server": self.login(PROVISIONER),
            "name": name,
            "secretKey": self.secrets[name],
            "statements": statements_of(self.intent)[name],
            "policies": [name],
        }
        return StoreUserInputs.model_validate(values | changes)

    @property
    def buckets(self) -> dict[str, Bucket]:
        """Every declared bucket."""
        return dict(declared_buckets(self.intent))


def statements_of(intent: Intent) -> dict[str, list[dict[str, Any]]]:
    """User -> what the program grants it."""
    owners = {access.login: owner_statements(access) for access in store_accesses(intent)}
    verifier = verifier_statements(sees_drives=intent.stack.object_store.is_distributed)
    return owners | {VERIFIER: verifier, METRICS: metrics_statements()}


@contextmanager
def running_minio(memory_disk: str = "", intent: Intent | None = None, **options: Any) -> Iterator[TestMinio]:
    """A server as the dev stack declares it, nothing in its buckets; `memory_disk`: mount options of a small /data."""
    authority, intent = Authority(), intent or load_intent("dev")
    keys = _keys(intent)
    tmpfs = _TMPFS | ({"/data": memory_disk} if memory_disk else {})
    with running("minio", PORT, _files(authority, keys), tmpfs=tmpfs, **options) as server:
        yield _provisioned(TestMinio(server, authority, intent, keys))


@contextmanager
def running_store(nodes: int = 4) -> Iterator[tuple[TestMinio, list[RunningServer]]]:
    """A distributed store, seen through its first node, and all its nodes."""
    authority, intent = Authority(), distributed(load_intent("dev"))
    keys = _keys(intent)
    with ExitStack() as started:
        shared = started.enter_context(network("t-minio"))
        servers = []
        peers = {node.name: f"node-{node.name}" for node in intent.stack.object_store.every_node}
        for node in intent.stack.object_store.every_node:
            files = _files(authority, keys, peers[node.name]) | {"drives": drives(list(peers.values()))}
            server = running("minio", PORT, files, tmpfs=_TMPFS, **joined(shared, "minio", peers[node.name]))
            servers.append(started.enter_context(server))
        yield _provisioned(TestMinio(servers[0], authority, intent, keys)), servers


def distributed(intent: Intent) -> Intent:
    """The same stack with a store of four nodes."""
    store = intent.stack.object_store.model_copy(update={"nodes": 4, "node_ports": (9002, 9003, 9004)})
    return intent.model_copy(update={"stack": intent.stack.model_copy(update={"object_store": store})})


_TMPFS = {"/tmp": "size=64m"}  # noqa: S108 the container's own


def _keys(intent: Intent) -> dict[str, str]:
    return {name: secrets.token_hex(20) for name in [ROOT, PROVISIONER, "seal", *statements_of(intent)]}


def _files(authority: Authority, keys: Mapping[str, str], *names: str) -> dict[str, str]:
    certificate, key = authority.issue(dns_names=("localhost", "minio", *names))
    return {
        "certs/public.crt": certificate,
        "certs/private.key": key,
        "certs/CAs/authority.crt": authority.certificate,
        "secrets/root-user": ROOT,
        "secrets/root-password": keys[ROOT],
        "secrets/sealing-key": sealing_key(keys["seal"]),
    }


def _provisioned(found: TestMinio) -> TestMinio:
    """The store with its buckets and users."""
    ObjectStoreServerType().create(found.server_inputs())
    for bucket in found.buckets:
        BucketType().create(found.bucket_inputs(bucket))
    for user in statements_of(found.intent):
        ObjectStoreUserType().create(found.user_inputs(user))
    return found


@pytest.fixture(scope="session")
def minio() -> Iterator[TestMinio]:
    """The shared server; tests leave its buckets and users as they are."""
    with running_minio() as server:
        yield server
