"""The containers of a stack, as it declares them."""

from infra.model.availability import pooler_of, proxy_of
from infra.model.limits import Limits
from infra.model.stack import Stack


def declared_limits(stack: Stack) -> dict[str, Limits]:
    """Every container that the stack declares, by its name without the stack's prefix, with its limits."""
    instances = {node: each.limits for name, each in stack.instances.items() for node in each.nodes(name)}
    caches = {node.name: stack.cache.server(node.role).limits for node in stack.cache.every_node}
    return instances | _availability(stack) | caches | _sentinels(stack) | _stores(stack)


def _stores(stack: Stack) -> dict[str, Limits]:
    return {node.name: stack.object_store.limits for node in stack.object_store.every_node}


def _sentinels(stack: Stack) -> dict[str, Limits]:
    declared = stack.cache.durable.sentinels
    return {node.name: declared.limits for node in stack.cache.sentinels} if declared else {}


def _availability(stack: Stack) -> dict[str, Limits]:
    parts = stack.availability
    consensus = dict.fromkeys(stack.etcd_nodes, parts.etcd.limits)
    proxies = {proxy_of(name): parts.proxy.limits for name in stack.replicated}
    return consensus | proxies | {pooler_of(name): parts.pooler.limits for name in stack.replicated}
