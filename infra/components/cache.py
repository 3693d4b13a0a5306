"""The stack's Redis servers, with an ACL user for each service."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_docker as docker

from infra.components.cache_settings import redis_conf, settings, system_users, users_acl
from infra.components.container import UID, Server, hardened, volume
from infra.components.network import cache_networks
from infra.components.resources import Files, Password
from infra.components.trust import Trust
from infra.model.cache import ROLES, Role, container_name
from infra.model.cache_access import HEALTH, PROVISIONER, SYSTEM_ACCESS, VERIFIER, service_access
from infra.model.intent import Intent
from infra.model.service import Service

PORT = 6379
_SYSTEM = [access.login for access in SYSTEM_ACCESS]


@dataclass(frozen=True)
class CacheArgs:
    """`networks`: short name -> physical network; `image`: the image's id."""

    intent: Intent
    trust: Trust
    networks: Mapping[str, pulumi.Output[str]]
    image: pulumi.Input[str]


class Cache(pulumi.ComponentResource):
    """Both servers. `endpoints`: server -> address; `credentials`: service -> its login, secret.

    `verifier`: the login of the live checks, the same on both servers, secret.
    """

    def __init__(self, name: str, args: CacheArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("aqstream:data:Cache", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        services = args.intent.services.values()
        passwords = {
            login: Password(f"{name}-{login}", child).result
            for login in [*_SYSTEM, *(service.name for service in services if service.cache)]
        }
        servers = {role: CacheServer(role, args, passwords, child) for role in ROLES}
        self.endpoints = {container_name(role): server.endpoint for role, server in servers.items()}
        self.credentials = {
            service.name: _credentials(service, servers, passwords[service.name])
            for service in services
            if service.cache
        }
        self.verifier = {"username": VERIFIER, "password": passwords[VERIFIER]}
        self.register_outputs({"endpoints": self.endpoints})


class CacheServer(pulumi.ComponentResource):
    """One Redis process: files, container, settings, and the users that keep something there."""

    def __init__(
        self, role: Role, args: CacheArgs, passwords: Mapping[str, pulumi.Output[str]], opts: pulumi.ResourceOptions
    ) -> None:
        self._role, self._args, self._passwords = role, args, passwords
        self._name = container_name(role)
        super().__init__("aqstream:data:CacheServer", self._name, None, opts)
        self._stack = args.intent.stack
        self._declared = self._stack.cache.server(role)
        self._certificate = args.trust.server(self, self._name)
        self._users = pulumi.Output.all(**{name: passwords[name] for name in _SYSTEM}).apply(system_users)
        self._container = self._start(self._files())
        server = self._configured()
        for service in args.intent.services.values():
            self._user(service, server)
        self.register_outputs({"endpoint": self.endpoint})

    @property
    def endpoint(self) -> dict[str, Any]:
        """Where clients of the published port connect."""
        return {"host": str(self._stack.address), "port": self._declared.port}

    def _files(self) -> Files:
        config = volume(f"{self._name}-config", self._stack, self, holds_data=False)
        files = {
            "redis.conf": redis_conf(self._stack.cache, self._role),
            "users.acl": self._users.apply(users_acl),
            "tls/authority.crt": self._args.trust.authority,
            "tls/server.crt": self._certificate.certificate,
            "tls/server.key": self._certificate.privateKey,
            "secrets/health-password": self._passwords[HEALTH],
        }
        props = {"volume": config.name, "image": self._args.image, "files": files, "uid": UID, "gid": UID}
        return Files(f"{self._name}-files", props, pulumi.ResourceOptions(parent=self))

    def _start(self, files: Files) -> docker.Container:
        holds_data = self._role == "durable"
        name = f"{self._name}-{'data' if holds_data else 'scratch'}"
        self._data = volume(name, self._stack, self, holds_data=holds_data)
        joined = cache_networks(self._args.intent, self._role)
        server = Server(
            name=self._name,
            image=self._args.image,
            networks={name: (self._args.networks[name], [self._name]) for name in joined},
            ports={PORT: self._declared.port},
            volumes={"/data": self._data.name},
            configuration=self._stack.physical(f"{self._name}-config"),
            limits=self._declared.limits,
            healthcheck=("aqstream-redis-health",),
            stop_signal="SIGTERM",
        )
        return hardened(server, self._stack, pulumi.ResourceOptions(parent=self, depends_on=[files]))

    def _configured(self) -> pulumi.CustomResource:
        props = {
            "container": self._container.name,
            "login": self._login,
            "settings": settings(self._stack.cache, self._role),
            "users": self._users,
            "certificate": self._certificate.certificate,
        }
        return pulumi.CustomResource("aqstream:redis:Server", self._name, props, self._inside(self._container))

    def _user(self, service: Service, server: pulumi.Resource) -> None:
        access = service_access(service, self._role)
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
        }
        pulumi.CustomResource("aqstream:redis:User", f"{self._name}-{access.login}", props, self._inside(server))

    @property
    def _login(self) -> dict[str, Any]:
        return self.endpoint | {
            "username": PROVISIONER,
            "password": self._passwords[PROVISIONER],
            "authority": self._args.trust.authority,
        }

    def _inside(self, needed: pulumi.Resource) -> pulumi.ResourceOptions:
        """For what the server keeps in its volume: it survives the container and goes with the volume."""
        return pulumi.ResourceOptions(parent=self, depends_on=[needed], deleted_with=self._data)


def _credentials(service: Service, servers: Mapping[Role, CacheServer], password: pulumi.Output[str]) -> dict[str, Any]:
    used = {role: servers[role].endpoint for role in ROLES if service_access(service, role)}
    return {"username": service.name, "password": password} | used
