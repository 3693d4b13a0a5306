"""The Docker Engines of a stack that is spread over several machines, as providers of its resources."""

from typing import Any

import pulumi
import pulumi_docker as docker

from infra.model.ssh_tunnel import ssh_options
from infra.model.stack import Stack

_PROVIDERS: dict[str, docker.Provider] = {}
"""Of the program that is running; `declare_hosts` makes them anew for each."""


def declare_hosts(stack: Stack) -> None:
    """A provider for each declared host, before anything is placed on it."""
    _PROVIDERS.clear()
    for name, host in stack.hosts.items():
        _PROVIDERS[name] = docker.Provider(
            f"host-{name}",
            host=host.docker,
            cert_path=host.cert_path or None,
            ssh_opts=list(ssh_options(host.ssh_config)) or None,
        )


def on_host(stack: Stack, node: str, opts: pulumi.ResourceOptions) -> pulumi.ResourceOptions:
    """The options of a `docker` resource that belongs to the container of this short name."""
    host = stack.host_of(node)
    return opts if host is None else pulumi.ResourceOptions.merge(opts, _with(host))


def on_first_host(stack: Stack, opts: pulumi.ResourceOptions) -> pulumi.ResourceOptions:
    """The options of what is one for all hosts: the first one manages the swarm."""
    return pulumi.ResourceOptions.merge(opts, _with(next(iter(stack.hosts)))) if stack.hosts else opts


def host_input(stack: Stack, node: str) -> dict[str, Any]:
    """The input by which one of our own resources works on the container's host; nothing where it is local."""
    host = stack.host_of(node)
    return {} if host is None else {"host": _reached(stack, host)}


def hosts_input(stack: Stack, *nodes: str) -> dict[str, Any]:
    """The same for a resource that works on several containers."""
    found = {node: stack.host_of(node) for node in nodes}
    reached = {stack.physical(node): _reached(stack, host) for node, host in found.items() if host is not None}
    return {"hosts": reached} if reached else {}


def host_label(stack: Stack, node: str) -> dict[str, str]:
    """A label that names the host: moving a node makes its container and volume anew, where it moves to."""
    host = stack.host_of(node)
    return {} if host is None else {"aqstream.host": host}


def _with(host: str) -> pulumi.ResourceOptions:
    return pulumi.ResourceOptions(provider=_PROVIDERS[host])


def _reached(stack: Stack, host: str) -> dict[str, str]:
    declared = stack.hosts[host]
    ways = {"certPath": declared.cert_path, "sshConfig": declared.ssh_config}
    return {"docker": declared.docker} | {name: path for name, path in ways.items() if path}
