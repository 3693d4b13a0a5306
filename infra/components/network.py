"""The stack's networks, and which of them an instance joins."""

from typing import Any

import pulumi
import pulumi_docker as docker

from infra.components.hosts import on_first_host
from infra.model.cache import Role
from infra.model.cache_access import service_access
from infra.model.intent import Intent
from infra.model.stack import CONTROL_NETWORK, SHARED_NETWORK, SNAPSHOT_NETWORK, Instance, Stack, control_network

STORE_ALIAS = "minio"


def network_names(stack: Stack) -> list[str]:
    """Every network of the stack: the shared one, and three for each network that an instance has to itself.

    `<network>-backup` links such an instance to the object store alone, so that its backups leave it while
    no other instance can reach it. `<network>-cache` links its services to the cache servers, so that they
    need not join the shared network. `etcd-backup` links the consensus store to the object store alone.
    """
    own = sorted({instance.network for instance in stack.instances.values()} - {SHARED_NETWORK})
    links = [*(backup_link(name) for name in own), *(cache_link(name) for name in own)]
    snapshots = [SNAPSHOT_NETWORK] if stack.replicated else []
    return [SHARED_NETWORK, *own, *links, *snapshots, *stack.control_networks]


def networks_of(instance: Instance) -> list[str]:
    """The networks the instance joins; the first is the one services use."""
    is_shared = instance.network == SHARED_NETWORK
    joined = [SHARED_NETWORK] if is_shared else [instance.network, backup_link(instance.network)]
    return [*joined, control_network(instance)] if instance.is_replicated else joined


def store_networks(stack: Stack) -> list[str]:
    """The networks the object store joins: the shared one and every backup link."""
    return [name for name in network_names(stack) if name == SHARED_NETWORK or name.endswith("-backup")]


def cache_networks(intent: Intent, role: Role) -> list[str]:
    """The networks a cache server joins: those from which a service that keeps something there comes."""
    users = [service for service in intent.services.values() if service_access(service, role)]
    joined = {intent.instance_of(service).network for service in users}
    return [SHARED_NETWORK, *(cache_link(name) for name in sorted(joined - {SHARED_NETWORK}))]


def cache_link(network: str) -> str:
    """The network between the services of an instance with a network of its own and the cache servers."""
    return f"{network}-cache"


def backup_link(network: str) -> str:
    """The network between an instance with a network of its own and the object store."""
    return f"{network}-backup"


class Networks(pulumi.ComponentResource):
    """All networks of a stack, by their short names in `names`."""

    def __init__(self, stack: Stack, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("aqstream:data:Networks", "networks", None, opts)
        self.names = {name: self._declare(stack, name) for name in network_names(stack)}
        self.register_outputs({})

    def _declare(self, stack: Stack, name: str) -> pulumi.Output[str]:
        spread = _overlay(stack, name) if stack.hosts else {"driver": "bridge"}
        # Docker adds the tunnel's number to the options of an overlay network, which no program could declare.
        ignored = ["options"] if stack.hosts else None
        network = docker.Network(
            name,
            name=stack.physical(name),
            labels=[docker.NetworkLabelArgs(label="aqstream.stack", value=stack.name)],
            opts=on_first_host(stack, pulumi.ResourceOptions(parent=self, ignore_changes=ignored)),
            **spread,
        )
        return network.name


def _overlay(stack: Stack, name: str) -> dict[str, Any]:
    """A network over all hosts of a swarm; those of an instance with a network of its own are encrypted."""
    is_private = name not in (SHARED_NETWORK, CONTROL_NETWORK) and stack.encrypted_overlay
    return {"driver": "overlay", "attachable": True, "options": {"encrypted": ""} if is_private else None}
