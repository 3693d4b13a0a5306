"""A replicated instance of a stack under test, as its faults and checks need it."""

import json
import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import docker
from docker.models.containers import Container

from infra.backup.container import execute
from infra.patroni.cluster import SYNCHRONOUS, Cluster, Member
from tests.servers.stack import StackUnderTest

_CLOSE = 1 << 20
_ARCHIVED_SECONDS = 60.0
_ETCD_STATUS = ("aqstream-etcdctl", "endpoint", "status", "--write-out=json")
SUPERUSER = ("psql", "--no-psqlrc", "-qAtX", "-h", "/run/postgresql", "-U", "postgres", "-v", "ON_ERROR_STOP=1")


@dataclass(frozen=True)
class Replicated:
    """The instance `name`; `service` is one on it, whose login writes."""

    stack: StackUnderTest
    name: str
    service: str
    nodes: int

    @cached_property
    def outputs(self) -> dict[str, Any]:
        """The stack's outputs."""
        return self.stack.outputs()

    @cached_property
    def cluster(self) -> Cluster:
        """Its nodes."""
        return Cluster([f"aqstream-{self.stack.name}-{node}" for node in self.node_names])

    @property
    def node_names(self) -> list[str]:
        """`postgres-user-1` and so on."""
        return [f"{self.name}-{number}" for number in range(1, self.nodes + 1)]

    def container(self, short: str) -> Container:
        """A container of the stack."""
        return docker.from_env().containers.get(f"aqstream-{self.stack.name}-{short}")

    def leader(self) -> str:
        """The primary's name."""
        found = wait_for(self.cluster.leader, 60, "a leader")
        return str(found.name)

    def replicas(self) -> list[str]:
        """The others' names, a synchronous one first."""
        members = sorted(self.cluster.members(), key=lambda each: each.role not in SYNCHRONOUS)
        return [member.name for member in members if not member.is_leader]

    def superuser(self, database: str, statement: str) -> str:
        """Run it on the primary; its output."""
        container = self.container(self.leader())
        ended = execute(str(container.name), [*SUPERUSER, "-d", database, "-c", statement])
        assert ended.code == 0, ended.reason
        return ended.output.strip()

    def settings(self, name: str) -> list[str]:
        """The value of a setting on every node."""
        shown = [
            execute(container, [*SUPERUSER, "-d", "postgres", "-c", f"SHOW {name}"])
            for container in self.cluster.containers
        ]
        return [ended.output.strip() for ended in shown]

    def is_whole(self) -> bool:
        """Whether there is one primary, and every other node streams from it and is close behind."""
        members = self.cluster.members()
        return len(members) == self.nodes and all(map(_is_well, members)) and sum(m.is_leader for m in members) == 1

    def archives(self) -> bool:
        """Whether the primary's archiver gets past the segment that is written now, within a minute."""
        # Where nothing was written since the last switch there is none, and the name is that of the segment to come.
        self.superuser("postgres", "SELECT pg_logical_emit_message(true, 'test', 'x')")
        segment = self.superuser("postgres", "SELECT pg_walfile_name(pg_switch_wal())")
        is_past = f"SELECT coalesce(last_archived_wal >= '{segment}', false) FROM pg_stat_archiver"
        deadline = time.monotonic() + _ARCHIVED_SECONDS
        while time.monotonic() < deadline:
            if self.superuser("postgres", is_past) == "t":
                return True
            time.sleep(0.5)
        return False

    def is_contiguous(self) -> bool:
        """Whether its archive holds all WAL since the oldest backup, over all timelines."""
        shown = self.stack.command("backup", "window", "--json", "-i", self.name)
        assert shown.returncode == 0, shown.stderr
        return bool(json.loads(shown.stdout)[0]["gaps"] == [])

    def etcd_leader(self) -> str:
        """The etcd node that leads."""
        for name in self.etcd_nodes():
            ended = execute(f"aqstream-{self.stack.name}-{name}", _ETCD_STATUS)
            if not ended.code:
                status = json.loads(ended.output)[0]["Status"]
                if status["leader"] == status["header"]["member_id"]:
                    return name
        raise AssertionError("no etcd node leads")

    def etcd_nodes(self) -> list[str]:
        """The names of etcd's nodes."""
        return ["etcd-1", "etcd-2", "etcd-3"]


def _is_well(member: Member) -> bool:
    return (member.is_leader and member.state == "running") or (member.is_streaming and (member.lag or 0) < _CLOSE)


def wait_for(look: Callable[[], Any], seconds: float, what: str) -> Any:
    """The first answer that is true."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = look()
        if found:
            return found
        time.sleep(0.3)
    raise AssertionError(f"no {what} within {seconds:.0f} s")


def kill_main_process(container: Container) -> None:
    """SIGKILL from outside to the container's first process: everything in it dies, and Docker starts it again."""
    container.reload()
    os.kill(int(container.attrs["State"]["Pid"]), signal.SIGKILL)
