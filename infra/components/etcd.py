"""The consensus store of the replicated instances: who leads is what most of its nodes agree on."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_docker as docker
import yaml

from infra.components.container import CONFIGURATION, Configuration, Server, configured, hardened, volume
from infra.components.hosts import hosts_input
from infra.components.pgbackrest import BackupTarget
from infra.components.resources import EtcdAccess, EtcdSnapshots, Files, Password
from infra.components.trust import Trust
from infra.model.availability import DAY, Snapshots
from infra.model.stack import SNAPSHOT_NETWORK, Stack

CLIENT_PORT, PEER_PORT = 2379, 2380
ROOT = "root"
_TLS = {
    "cert-file": f"{CONFIGURATION}/tls/server.crt",
    "key-file": f"{CONFIGURATION}/tls/server.key",
    "trusted-ca-file": f"{CONFIGURATION}/tls/authority.crt",
    "client-cert-auth": True,
}


@dataclass(frozen=True)
class EtcdArgs:
    """`networks`: short name -> physical network; `image`: the image's id; `backups`: where its snapshots go."""

    stack: Stack
    trust: Trust
    networks: Mapping[str, pulumi.Output[str]]
    image: pulumi.Input[str]
    backups: BackupTarget


class Etcd(pulumi.ComponentResource):
    """All nodes. `passwords`: replicated instance -> secret password of its login; `access` lets these logins in.

    `cipher`: the key of its snapshots, secret.
    """

    def __init__(self, name: str, args: EtcdArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("aqstream:data:Etcd", name, None, opts)
        self._args, self._stack = args, args.stack
        self._child = pulumi.ResourceOptions(parent=self)
        self.passwords = {name: Password(f"{name}-etcd", self._child).result for name in self._stack.replicated}
        self.cipher = Password("etcd-snapshot-cipher", self._child).result
        self._root = args.trust.client(self, "etcd-root", ROOT)
        nodes: list[docker.Container] = []
        for node in self._stack.etcd_nodes:
            nodes.append(self._node(node, nodes[-1:]))
        self.access = self._let_in(nodes)
        self._snapshots([node.name for node in nodes])
        self.register_outputs({})

    @property
    def endpoints(self) -> list[str]:
        """Where Patroni finds the nodes."""
        return [f"{name}:{CLIENT_PORT}" for name in self._stack.etcd_nodes]

    def _node(self, name: str, before: list[docker.Container]) -> docker.Container:
        """A node; the one before it comes first, so that a change renews them in turn."""
        data = volume(f"{name}-data", self._stack, self, holds_data=True)
        server = Server(
            name=name,
            image=self._args.image,
            networks={
                each: (self._args.networks[each], [name]) for each in (*self._stack.control_networks, SNAPSHOT_NETWORK)
            },
            ports={},
            volumes={"/data": data.name},
            configuration=self._stack.physical(f"{name}-config"),
            limits=self._stack.availability.etcd.limits,
            healthcheck=("aqstream-etcdctl", "endpoint", "health"),
            stop_signal="SIGTERM",
        )
        files = self._files(name)
        return hardened(server, self._stack, pulumi.ResourceOptions(parent=self, depends_on=[files, *before]))

    def _files(self, name: str) -> Files:
        certificate = self._args.trust.peer(self, name)
        texts: dict[str, pulumi.Input[str]] = {
            "etcd.yml": etcd_yml(name, self._stack),
            "tls/authority.crt": self._args.trust.authority,
            "tls/server.crt": certificate.certificate,
            "tls/server.key": certificate.privateKey,
            "tls/root.crt": self._root.certificate,
            "tls/root.key": self._root.privateKey,
            "crontab": crontab(self._stack.availability.etcd.snapshots),
            "secrets/snapshot-cipher": self.cipher,
            "secrets/store": pulumi.Output.all(self._args.backups.access_key, self._args.backups.secret_key).apply(
                lambda pair: store_conf(*pair)
            ),
            **{f"secrets/users/{user}": password for user, password in self.passwords.items()},
        }
        return configured(Configuration(name, self._args.image, texts), self._stack, self)

    def _let_in(self, nodes: list[docker.Container]) -> EtcdAccess:
        containers = [node.name for node in nodes]
        props = {"containers": containers, "users": pulumi.Output.secret(self.passwords)}
        props |= hosts_input(self._stack, *self._stack.etcd_nodes)
        return EtcdAccess("etcd-access", props, pulumi.ResourceOptions(parent=self, depends_on=nodes))

    def _snapshots(self, containers: list[pulumi.Output[str]]) -> None:
        """The first one is made while the stack comes up, so that keys and access are seen to work."""
        declared = self._stack.availability.etcd.snapshots
        props = {"containers": containers, "every": declared.every, "keep": declared.keep, "cipher": self.cipher}
        props |= hosts_input(self._stack, *self._stack.etcd_nodes)
        opts = pulumi.ResourceOptions(parent=self, depends_on=[self.access, *self._args.backups.ready])
        EtcdSnapshots("etcd-snapshots", props, opts)


def crontab(declared: Snapshots) -> str:
    """Every ten minutes the leader looks whether one is due, so that what a host missed while down is made up for."""
    return f"*/10 * * * * aqstream-etcd-snapshot due {declared.every // 60} {declared.keep // DAY}\n"


def store_conf(access_key: str, secret_key: str) -> str:
    """How `curl` logs in to the object store."""
    return (
        f'user = "{access_key}:{secret_key}"\naws-sigv4 = "aws:amz:us-east-1:s3"\n'
        f'cacert = "{CONFIGURATION}/tls/authority.crt"\n'
    )


def etcd_yml(name: str, stack: Stack) -> str:
    """One node's settings. A new leader lets every lease begin again and adds the election's time: the shorter that is,
    the sooner a primary that vanished with etcd's leader is replaced.

    A peer's name resolves to an address on each network they share, so its certificate is matched by authority alone.
    """
    return yaml.safe_dump(
        {
            "name": name,
            "data-dir": "/data/etcd",
            "listen-peer-urls": f"https://0.0.0.0:{PEER_PORT}",
            "listen-client-urls": f"https://0.0.0.0:{CLIENT_PORT}",
            "initial-advertise-peer-urls": f"https://{name}:{PEER_PORT}",
            "advertise-client-urls": f"https://{name}:{CLIENT_PORT}",
            "initial-cluster": ",".join(f"{each}=https://{each}:{PEER_PORT}" for each in stack.etcd_nodes),
            "initial-cluster-token": stack.physical("etcd"),
            "initial-cluster-state": "new",
            "client-transport-security": _TLS,
            "peer-transport-security": _TLS | {"skip-client-san-verification": True},
            "heartbeat-interval": 100,
            "election-timeout": 1000,
            "auto-compaction-mode": "periodic",
            "auto-compaction-retention": "1h",
            "quota-backend-bytes": 64 << 20,
            # The passwords are long and random, so guessing is hopeless as it is; a busy store does not get through
            # logins of a tenth of a second each.
            "bcrypt-cost": 4,
            "log-level": "warn",
        }
    )
