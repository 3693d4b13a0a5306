"""One Sentinel of a replicated cache server: it watches the nodes, and with the others appoints the primary."""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
import pulumi_docker as docker

from infra.components.cache_server import CacheArgs
from infra.components.cache_settings import system_users, users_acl
from infra.components.container import Configuration, Server, configured, hardened, volume
from infra.components.hosts import host_input
from infra.components.network import cache_networks
from infra.components.resources import Files
from infra.components.sentinel_settings import SENTINEL_PORT, known_nodes, sentinel_conf
from infra.model.cache import PRIMARY_SET, SentinelNode, Sentinels
from infra.model.cache_access import HEALTH, PROVISIONER, SENTINEL, SENTINEL_ACCESS


class Sentinel(pulumi.ComponentResource):
    """What it is told lies in its files and is read at its start; what it learns, it writes into its volume.

    It comes after `needed`, the nodes and the Sentinel before it: while nodes are renewed all Sentinels are there to
    appoint another primary, and then one at a time is away.
    """

    def __init__(
        self,
        node: SentinelNode,
        args: CacheArgs,
        passwords: Mapping[str, pulumi.Output[str]],
        needed: Sequence[pulumi.Resource],
        opts: pulumi.ResourceOptions,
    ) -> None:
        self._node, self._args, self._passwords, self._needed = node, args, passwords, needed
        self.name, self._stack = node.name, args.intent.stack
        super().__init__("aqstream:data:CacheSentinel", self.name, None, opts)
        self._declared = _declared(args)
        self._certificate = args.trust.server(self, self.name)
        self._texts = self._configuration()
        self.container = self._start(self._files())
        self._watching(self.container)
        self.register_outputs({"endpoint": self.endpoint})

    @property
    def endpoint(self) -> dict[str, Any]:
        """Where clients of the published port connect."""
        return {"host": self._stack.address_of(self.name), "port": self._node.port}

    def _configuration(self) -> dict[str, pulumi.Input[str]]:
        cache = self._stack.cache
        known = {access.login: self._passwords[access.login] for access in SENTINEL_ACCESS}
        users = pulumi.Output.all(**known).apply(lambda found: users_acl(system_users(found, SENTINEL_ACCESS)))
        return {
            "sentinel.conf": self._passwords[SENTINEL].apply(lambda found: sentinel_conf(cache, self._node, found)),
            "users.acl": users,
            "nodes": known_nodes(cache),
            "primary-set": f"{PRIMARY_SET}\n",
            "tls/server.crt": self._certificate.certificate,
        }

    def _files(self) -> Files:
        texts = self._texts | {
            "tls/authority.crt": self._args.trust.authority,
            "tls/server.key": self._certificate.privateKey,
            "secrets/health-password": self._passwords[HEALTH],
        }
        return configured(Configuration(self.name, self._args.image, texts), self._stack, self)

    def _start(self, files: Files) -> docker.Container:
        learned = volume(f"{self.name}-scratch", self._stack, self, holds_data=False)
        server = Server(
            name=self.name,
            image=self._args.image,
            networks={
                name: (self._args.networks[name], [self.name]) for name in cache_networks(self._args.intent, "durable")
            },
            ports={SENTINEL_PORT: self._node.port},
            volumes={"/data": learned.name},
            configuration=self._stack.physical(f"{self.name}-config"),
            limits=self._declared.limits,
            healthcheck=("aqstream-redis-health",),
            stop_signal="SIGTERM",
        )
        return hardened(server, self._stack, pulumi.ResourceOptions(parent=self, depends_on=[files, *self._needed]))

    def _watching(self, container: docker.Container) -> None:
        login = self.endpoint | {
            "username": PROVISIONER,
            "password": self._passwords[PROVISIONER],
            "authority": self._args.trust.authority,
        }
        props = {
            "container": container.name,
            "login": login,
            "primarySet": PRIMARY_SET,
            "replicas": self._stack.cache.durable.replicas,
            "configuration": pulumi.Output.secret(self._texts),
            **host_input(self._stack, self.name),
        }
        opts = pulumi.ResourceOptions(parent=self, depends_on=[container])
        pulumi.CustomResource("aqstream:redis:Sentinel", self.name, props, opts)


def _declared(args: CacheArgs) -> Sentinels:
    found = args.intent.stack.cache.durable.sentinels
    if found is None:
        raise ValueError("a cache without Sentinels has none to start")
    return found
