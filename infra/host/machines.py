"""The machines of a stack, told to everything that works on its containers, and asked together."""

from collections.abc import Iterator
from contextlib import closing
from typing import Any

from docker import DockerClient

from infra.host.docker_api import client_of, place_all, remote
from infra.model.docker_engine import EngineAddress
from infra.model.errors import HostUnreachable
from infra.model.stack import Stack


def placed(stack: Stack) -> Stack:
    """The stack; from now on, work on one of its containers is done where that is declared to be."""
    if stack.hosts:
        place_all(stack.physical(""), lambda node: address_of(stack, stack.host_of(node) or next(iter(stack.hosts))))
    return stack


def address_of(stack: Stack, host: str) -> EngineAddress:
    """How a declared host's engine is reached."""
    declared = stack.hosts[host]
    return EngineAddress.of(declared.docker, declared.cert_path, declared.ssh_config)


def what_answers(stack: Stack) -> tuple[dict[str, dict[str, Any]], dict[str, HostUnreachable]]:
    """Physical name -> what Docker lists of each container, on the machines that answer; and why others do not.

    Raises EngineUnreachable where this machine's engine is needed and does not answer.
    """
    found, silent = dict[str, dict[str, Any]](), dict[str, HostUnreachable]()
    for host in _machines(stack):
        try:
            found |= _listed(stack, host)
        except HostUnreachable as error:
            silent[host or ""] = error
    return found, silent


def _machines(stack: Stack) -> Iterator[str | None]:
    """Declared hosts; None is this machine, where there are none."""
    yield from stack.hosts or (None,)


def _client(stack: Stack, host: str | None) -> DockerClient:
    return client_of("") if host is None else remote(address_of(stack, host))


def _listed(stack: Stack, host: str | None) -> dict[str, dict[str, Any]]:
    with closing(_client(stack, host)) as client:
        listed = client.api.containers(all=True, filters={"name": f"^/{stack.physical('')}"})
    return {each["Names"][0].removeprefix("/"): each for each in listed}
