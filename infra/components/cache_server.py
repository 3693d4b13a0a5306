"""One Redis process: its files, container and settings, and the users that keep something there."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_docker as docker

from infra.components.cache_settings import redis_conf, settings, system_users, users_acl
from infra.components.container import Configuration, Server, configured, hardened, volume
from infra.components.hosts import host_input
from infra.components.network import cache_networks
from infra.components.resources import Files
from infra.components.sentinel_settings import node_files, replication_conf
from infra.components.trust import Trust
from infra.model.cache import PRIMARY_SET, CacheNode
from infra.model.cache_access import HEALTH, PROVISIONER, REPLICATION, service_access, system_access
from infra.model.intent import Intent
from infra.model.service import Service

PORT = 6379


@dataclass(frozen=True)
class CacheArgs:
    """`networks`: short name -> physical network; `image`: the image's id."""

    intent: Intent
    trust: Trust
    networks: Mapping[str, pulumi.Output[str]]
    image: pulumi.Input[str]


class CacheServer(pulumi.ComponentResource):
    """One node. All nodes of a role have the same users, for Redis copies keys to its replicas and no users.

    It waits for the one `before` it: nodes are renewed one by one. `ready` is there when it serves as declared.
    """

    def __init__(
        self,
        node: CacheNode,
        args: CacheArgs,
        passwords: Mapping[str, pulumi.Output[str]],
        before: pulumi.Resource | None,
        opts: pulumi.ResourceOptions,
    ) -> None:
        self._node, self._args, self._passwords, self._before = node, args, passwords, before
        self.name = node.name
        super().__init__("aqstream:data:CacheServer", self.name, None, opts)
        self._stack = args.intent.stack
        self._is_replicated = len(self._stack.cache.nodes(node.role)) > 1
        self._certificate = args.trust.server(self, self.name)
        logins = system_access(replicated=self._is_replicated)
        known = {access.login: passwords[access.login] for access in logins}
        self._users = pulumi.Output.all(**known).apply(lambda found: system_users(found, logins))
        self._container = self._start(self._files())
        self.ready = self._configured()
        for service in args.intent.services.values():
            self._user(service, self.ready)
        self.register_outputs({"endpoint": self.endpoint})

    @property
    def endpoint(self) -> dict[str, Any]:
        """Where clients of the published port connect."""
        return {"host": self._stack.address_of(self.name), "port": self._node.port}

    def _files(self) -> Files:
        texts = {
            "redis.conf": redis_conf(self._stack.cache, self._node),
            "users.acl": self._users.apply(users_acl),
            "tls/authority.crt": self._args.trust.authority,
            "tls/server.crt": self._certificate.certificate,
            "tls/server.key": self._certificate.privateKey,
            "secrets/health-password": self._passwords[HEALTH],
            **self._replication_files(),
        }
        return configured(Configuration(self.name, self._args.image, texts), self._stack, self)

    def _replication_files(self) -> dict[str, pulumi.Input[str]]:
        if not self._is_replicated:
            return {}
        login = self._passwords[REPLICATION].apply(replication_conf)
        return {"replication.conf": login, **node_files(self._stack.cache)}

    def _start(self, files: Files) -> docker.Container:
        holds_data = self._node.role == "durable"
        name = f"{self.name}-{'data' if holds_data else 'scratch'}"
        self._data = volume(name, self._stack, self, holds_data=holds_data)
        joined = cache_networks(self._args.intent, self._node.role)
        server = Server(
            name=self.name,
            image=self._args.image,
            networks={name: (self._args.networks[name], [self.name]) for name in joined},
            ports={PORT: self._node.port},
            volumes={"/data": self._data.name},
            configuration=self._stack.physical(f"{self.name}-config"),
            limits=self._stack.cache.server(self._node.role).limits,
            healthcheck=("aqstream-redis-health",),
            stop_signal="SIGTERM",
        )
        return hardened(server, self._stack, pulumi.ResourceOptions(parent=self, depends_on=[files, *self._earlier]))

    @property
    def _earlier(self) -> list[pulumi.Resource]:
        return [self._before] if self._before else []

    def _configured(self) -> pulumi.CustomResource:
        props = {
            "container": self._container.name,
            "containerId": self._container.id,
            "login": self._login,
            "settings": settings(self._stack.cache, self._node),
            "users": self._users,
            "certificate": self._certificate.certificate,
        }
        props |= host_input(self._stack, self.name)
        if self._is_replicated:
            props["replicationPassword"] = self._passwords[REPLICATION]
            props["watchers"] = self._watchers
        return pulumi.CustomResource("aqstream:redis:Server", self.name, props, self._inside(self._container))

    def _user(self, service: Service, server: pulumi.Resource) -> None:
        access = service_access(service, self._node.role)
        if access is None:
            return
        props = {
            "server": self._login,
            "name": access.login,
            "password": self._passwords[access.login],
            "passwordOverlap": self._stack.cache.password_overlap,
            "keys": list(access.keys),
            "channels": list(access.channels),
            "commands": list(access.commands),
            "enabled": True,
            "container": self._container.name,
            **host_input(self._stack, self.name),
        }
        pulumi.CustomResource("aqstream:redis:User", f"{self.name}-{access.login}", props, self._inside(server))

    @property
    def _login(self) -> dict[str, Any]:
        return self.endpoint | {
            "username": PROVISIONER,
            "password": self._passwords[PROVISIONER],
            "authority": self._args.trust.authority,
        }

    @property
    def _watchers(self) -> dict[str, Any]:
        """The Sentinels, as the provisioner logs in to them."""
        nodes = self._stack.cache.sentinels
        logins = [self._login | {"host": self._stack.address_of(node.name), "port": node.port} for node in nodes]
        return {"logins": logins, "primarySet": PRIMARY_SET, "node": self.name}

    def _inside(self, needed: pulumi.Resource) -> pulumi.ResourceOptions:
        """For what the server keeps in its volume: it survives the container and goes with the volume."""
        return pulumi.ResourceOptions(parent=self, depends_on=[needed], deleted_with=self._data)
