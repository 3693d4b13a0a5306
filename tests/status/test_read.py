"""What is declared and not there is shown as such, whichever part of the stack it is."""

from ipaddress import IPv4Address
from typing import Any

import pytest

from infra.model.containers import declared_limits
from infra.model.errors import HostUnreachable, ResourceError
from infra.model.hosts import Host
from infra.model.loading import load_intent
from infra.model.stack import Stack
from infra.patroni.cluster import Cluster
from infra.status import read
from infra.status.facts import StackStatus
from tests.servers.etcd import INSTANCE, replicated

STACK = replicated(load_intent("dev")).stack
SERVERS = {node for name, declared in STACK.instances.items() for node in declared.nodes(name)}
OTHERS = sorted(set(declared_limits(STACK)) - SERVERS)


def status_without(
    monkeypatch: pytest.MonkeyPatch, *removed: str, stack: Stack = STACK, silent: tuple[str, ...] = ()
) -> StackStatus:
    """The stack as it is read when everything else runs."""
    listed = {"State": "running", "Status": "Up 2 minutes (healthy)"}
    found = {stack.physical(name): listed for name in declared_limits(stack) if name not in removed}
    unreachable = {host: HostUnreachable("cannot connect") for host in silent}

    def execute(*_: Any) -> None:
        raise ResourceError("nobody answers")

    monkeypatch.setattr(read, "what_answers", lambda _: (found, unreachable))
    monkeypatch.setattr(read, "execute", execute)
    monkeypatch.setattr(Cluster, "members", lambda _: ())
    return read.read_status(stack, {})


def test_the_stack_has_parts_of_every_kind() -> None:
    assert {"etcd-1", f"{INSTANCE}-proxy", f"{INSTANCE}-pooler", "redis", "minio"} <= set(OTHERS)


@pytest.mark.parametrize("name", OTHERS)
def test_a_removed_part_is_missing(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    parts = {part.name: part for part in status_without(monkeypatch, name).parts}
    assert (parts[name].health, parts[name].is_well) == ("missing", False)
    assert all(part.is_well for other, part in parts.items() if other != name)


@pytest.mark.parametrize("name", ["postgres-payment", f"{INSTANCE}-2"])
def test_a_removed_server_is_missing(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    servers = {each.name: each for found in status_without(monkeypatch, name).instances for each in found.servers}
    assert servers[name].state == "missing"


def test_what_lies_on_a_host_that_does_not_answer_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    host = Host(docker="unix:///run/docker.sock", address=IPv4Address("127.0.0.1"))
    stack = STACK.model_copy(update={"hosts": {"one": host, "two": host}})
    away = [name for name in OTHERS if stack.host_of(name) == "two"]
    parts = {part.name: part.health for part in status_without(monkeypatch, *away, stack=stack, silent=("two",)).parts}
    assert {parts[name] for name in away} == {"unknown"}
    assert parts["host two"] == "does not answer"
