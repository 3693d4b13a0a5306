"""A consensus store of three nodes beside an object store, as the stack configures them."""

import secrets
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from infra.components.etcd import crontab, etcd_yml, store_conf
from infra.model.availability import ETCD
from infra.model.intent import Intent
from infra.model.loading import load_intent
from infra.model.stack import Stack
from infra.provider.etcd_access import EtcdAccessInputs, EtcdAccessType
from tests.servers.container import Authority, RunningServer, joined, network, running
from tests.servers.minio import TestMinio, running_minio

CLIENT_PORT = 2379
INSTANCE = "postgres-user"


@dataclass(frozen=True)
class TestEtcd:
    """The nodes by name, and the store that their snapshots go to."""

    __test__ = False

    nodes: Mapping[str, RunningServer]
    store: TestMinio

    @property
    def containers(self) -> list[str]:
        """Their containers, in order."""
        return [node.name for node in self.nodes.values()]


def replicated(intent: Intent) -> Intent:
    """The same stack with replicas for one instance."""
    stack = intent.stack
    instance = stack.instances[INSTANCE].model_copy(update={"replicas": 2})
    instances = {**stack.instances, INSTANCE: instance}
    return intent.model_copy(update={"stack": stack.model_copy(update={"instances": instances})})


@contextmanager
def running_etcd() -> Iterator[TestEtcd]:
    """Everything started, logins demanded, the bucket and its user there."""
    with ExitStack() as started:
        shared = started.enter_context(network("t-etcd"))
        store = started.enter_context(running_minio(intent=replicated(load_intent("dev")), **joined(shared, "minio")))
        stack = store.intent.stack
        authority, cipher = store.authority, secrets.token_hex(20)
        nodes = {}
        for name in stack.etcd_nodes:
            files = _files(stack, name, authority) | {
                "crontab": crontab(stack.availability.etcd.snapshots),
                "secrets/store": store_conf(ETCD, store.secrets[ETCD]),
                "secrets/snapshot-cipher": cipher,
            }
            server = running("etcd", CLIENT_PORT, files, hostname=name, **joined(shared, name))
            nodes[name] = started.enter_context(server)
        users = EtcdAccessInputs(containers=tuple(node.name for node in nodes.values()), users={INSTANCE: "p" * 20})
        EtcdAccessType().create(users)
        yield TestEtcd(nodes, store)


def _files(stack: Stack, name: str, authority: Authority) -> dict[str, str]:
    certificate, key = authority.issue(common_name=name, usage="peer", dns_names=(name, "localhost"))
    root, root_key = authority.issue(common_name="root", usage="client", dns_names=(), ip_addresses=())
    return {
        "etcd.yml": etcd_yml(name, stack),
        "tls/authority.crt": authority.certificate,
        "tls/server.crt": certificate,
        "tls/server.key": key,
        "tls/root.crt": root,
        "tls/root.key": root_key,
        f"secrets/users/{INSTANCE}": "p" * 20,
    }
