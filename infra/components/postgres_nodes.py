"""An instance with replicas: Patroni's nodes one after another, a proxy and a pooler before them."""

from collections.abc import Mapping
from typing import Any

import pulumi

from infra.components.etcd import Etcd
from infra.components.haproxy import ProxyArgs, proxy
from infra.components.hosts import hosts_input
from infra.components.network import networks_of
from infra.components.patroni import (
    CLUSTER_LOGINS,
    OWN_SETTINGS,
    Node,
    dynamic_settings,
    patroni_yml,
    replication_settings,
)
from infra.components.pooler import PoolerArgs, pooler
from infra.components.postgres_server import Origin, Place, Running, configuration, started, written
from infra.components.postgres_settings import settings
from infra.components.resources import Cluster, Files, Member, Password
from infra.components.trust import SUPERUSER
from infra.model.availability import proxy_of


def replicated_server(origin: Origin, etcd: Etcd) -> Running:
    """The cluster, and what clients reach it by."""
    return _Nodes(origin, etcd).declare()


class _Nodes:
    """Each node comes after the one before it, so that an upgrade renews them in turn.

    The first node has the resources and volumes that the instance would have as a plain server, so that an
    instance gains and loses replicas without its data moving.
    """

    def __init__(self, origin: Origin, etcd: Etcd) -> None:
        self._origin, self._etcd = origin, etcd
        self._names = origin.instance.nodes(origin.name)
        self._containers = [origin.stack.physical(name) for name in self._names]
        child = pulumi.ResourceOptions(parent=origin.owner)
        self._logins = {login: Password(f"{origin.name}-{login}", child).result for login in CLUSTER_LOGINS}
        self._settings = origin.archiving | replication_settings(origin.name, len(self._names))
        self._dynamic = dynamic_settings(origin.instance, settings(origin.instance) | self._settings)

    @property
    def _hosts(self) -> dict[str, Any]:
        return hosts_input(self._origin.stack, *self._names)

    def declare(self) -> Running:
        """Everything, in the order in which it starts."""
        before: pulumi.Resource = self._etcd.access
        self._ids: list[pulumi.Output[str]] = []
        members = [before := self._node(position, before) for position in range(len(self._names))]
        cluster = self._cluster(members)
        front = self._front(members[0])
        names = tuple(pulumi.Output.from_input(name) for name in self._containers)
        return Running(names, (cluster, *front))

    def _node(self, position: int, before: pulumi.Resource) -> Member:
        origin, name = self._origin, self._names[position]
        place = Place(name, name if position else origin.name, origin.args.images["patroni"])
        container = started(origin, place, self._files(place), {}, before)
        self._ids.append(container.id)
        own, following = self._containers[position], self._containers[position + 1 :]
        props = {
            "node": name,
            "containerId": container.id,
            "containers": [own, *(each for each in self._containers if each != own)],
            **({"following": following} if following else {}),
            **self._hosts,
        }
        return Member(f"{name}-member", props, origin.after(container))

    def _files(self, place: Place) -> Files:
        origin = self._origin
        aliases = [origin.name, proxy_of(origin.name), origin.stack.physical(origin.name), place.name]
        certificate = origin.args.trust.peer(origin.owner, place.resource, list(dict.fromkeys(aliases)))
        secrets = pulumi.Output.all(
            **{origin.name: self._etcd.passwords[origin.name], SUPERUSER: origin.superuser_password, **self._logins}
        )
        texts = configuration(origin, replication_settings(origin.name, len(self._names))) | {
            "patroni.yml": secrets.apply(lambda found: self._patroni_yml(place.name, found)),
            "least-room": f"{origin.instance.least_room}\n",
            "tls/server.crt": certificate.certificate,
            "tls/server.key": certificate.privateKey,
            **{f"secrets/{login}-password": password for login, password in self._logins.items()},
        }
        return written(origin, place, texts)

    def _patroni_yml(self, name: str, secrets: Mapping[str, str]) -> str:
        dynamic = self._dynamic if name == self._names[0] else None
        return patroni_yml(Node(name, self._origin.name, self._etcd.endpoints, secrets), dynamic)

    def _cluster(self, members: list[Member]) -> Cluster:
        origin = self._origin
        props: dict[str, Any] = {
            "instance": origin.name,
            "nodes": list(self._names),
            "containers": self._containers,
            "containerIds": self._ids,
            "logins": pulumi.Output.secret(self._logins | {SUPERUSER: origin.superuser_password}),
            "dynamic": self._dynamic,
            "settings": settings(origin.instance) | self._settings | OWN_SETTINGS,
            **self._hosts,
        }
        return Cluster(f"{origin.name}-cluster", props, origin.after(*members))

    def _front(self, first: Member) -> tuple[pulumi.Resource, ...]:
        """The proxy takes the port of a plain server, so that has to be gone before: it is where the first node is."""
        origin, images = self._origin, self._origin.args.images
        network = origin.args.networks[networks_of(origin.instance)[0]]
        args = (origin.stack, origin.name, origin.args.trust, network)
        entrance = proxy(ProxyArgs(*args, images["haproxy"]), origin.owner, [first])
        pooled = {
            login: origin.passwords[login] for service in origin.services for login in (service.app, service.readonly)
        }
        return entrance, pooler(PoolerArgs(*args, images["pgbouncer"], pooled), origin.owner, [entrance])
