"""A drill of the durable Redis server: what is on its disk a second after a write starts again, with that write.

What a killed server would find on its disk is copied while it runs, so the drill itself interrupts nobody. The copy is
started without a network, configuration or users.
"""

import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import docker
from docker.models.containers import Container

from infra.backup.container import execute
from infra.backup.drill.outcome import now, reported
from infra.backup.drill.report import DrillReport, Judgement
from infra.backup.restore.copy import OnProgress
from infra.backup.room import LABEL, discard
from infra.components.container import UID
from infra.host.docker_api import engine, place_beside
from infra.model.cache import container_name
from infra.model.cache_key import item_key
from infra.model.errors import ResourceError
from infra.model.service import Service
from infra.model.stack import Stack
from infra.provider.cache_login import CacheLogin, connect

FLUSH_SECONDS = 1.0
"""`appendfsync everysec`: what is older than this is on the disk."""
_HOME, _COPY = "/data", "/data/drill"
_SOCKET = "/tmp/redis.sock"  # noqa: S108 the container's own
_SERVE = ["redis-server", "--port", "0", "--unixsocket", _SOCKET, "--dir", _COPY, "--appendonly", "yes", "--save", ""]
_MARKER_SECONDS = 600
_START_SECONDS = 600
_KEPT_SECONDS = FLUSH_SECONDS + 0.5


class CacheDrill:
    """One drill; `login` is of a service that keeps `entity` on the durable server."""

    def __init__(self, stack: Stack, login: CacheLogin, service: Service, on_progress: OnProgress) -> None:
        self._stack, self._login, self._on_progress = stack, login, on_progress
        entity = next(name for name, entry in service.cache.items() if not entry.evictable)
        self._marker = str(item_key(service.short, entity, f"drill-{secrets.token_hex(8)}"))
        self._report = DrillReport(stack.name, container_name("durable"), now())

    def run(self) -> DrillReport:
        """The report."""
        return reported(self._report, self._run)

    def _run(self) -> None:
        written = self._write_marker()
        try:
            time.sleep(_KEPT_SECONDS)
            clock = time.monotonic()
            with self._copied(written.node) as copy:
                self._report.seconds["restore"] = time.monotonic() - clock
                self._report.judgements += [self._marker_judgement(copy), _keys_judgement(copy)]
        finally:
            with connect(written.login) as session:
                session.run("DEL", self._marker)
        self._report.target, self._report.recovery_point = f"{_KEPT_SECONDS} s after a write", FLUSH_SECONDS

    def _write_marker(self) -> "_Written":
        """On the node that takes writes."""
        for node in self._stack.cache.nodes("durable"):
            login = self._login.model_copy(update={"host": self._stack.address_of(node.name), "port": node.port})
            with connect(login) as session:
                if session.refusal("SET", self._marker, "drill", "EX", _MARKER_SECONDS) is None:
                    return _Written(node.name, login)
        raise ResourceError("no node of the durable Redis server takes writes", "aqdata status")

    @contextmanager
    def _copied(self, node: str) -> Iterator[str]:
        source = self._stack.physical(node)
        name = f"{source}-drill-{secrets.token_hex(3)}"
        place_beside(name, source)
        with engine(f"copy of {source}", on=source) as client:
            try:
                copy = _create(client, name, source)
                self._on_progress("copy what is on the disk")
                _carry(client.containers.get(source), copy)
                copy.start()
                _await(name)
                yield name
            finally:
                discard(client, name)

    def _marker_judgement(self, copy: str) -> Judgement:
        there = _answer(copy, "EXISTS", self._marker) == "1"
        detail = f"a write is {'there' if there else 'LOST'} {_KEPT_SECONDS} s after it was made"
        return Judgement("marker", there, detail)


class _Written:
    """Where the marker is."""

    def __init__(self, node: str, login: CacheLogin) -> None:
        self.node, self.login = node, login


def _create(client: docker.DockerClient, name: str, source: str) -> Container:
    running = client.containers.get(source)
    return client.containers.create(
        running.attrs["Image"],
        name=name,
        entrypoint=_SERVE[:1],
        command=_SERVE[1:],
        user=f"{UID}:{UID}",
        labels={LABEL: source},
        network_mode="none",
        tmpfs={"/tmp": f"size=16m,uid={UID},gid={UID},mode=0700"},  # noqa: S108 the container's own
        cap_drop=["ALL"],
        security_opt=["no-new-privileges:true"],
        mem_limit=running.attrs["HostConfig"]["Memory"],
        init=True,
    )


def _carry(source: Container, copy: Container) -> None:
    """By a folder that does not grow while it is read."""
    try:
        made = execute(str(source.name), ["sh", "-c", f"mkdir {_COPY} && cp -a {_HOME}/appendonlydir {_COPY}"])
        if made.code:
            raise ResourceError(f"{source.name}: {made.reason}", f"docker logs {source.name}")
        stream, _ = source.get_archive(_COPY)
        copy.put_archive(_HOME, stream)
    finally:
        execute(str(source.name), ["rm", "-rf", _COPY])


def _await(copy: str) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while _answer(copy, "PING") != "PONG":
        if time.monotonic() > deadline:
            raise ResourceError(f"{copy}: it does not start on what was on the disk", f"docker logs {copy}")
        time.sleep(0.1)


def _answer(copy: str, *command: str) -> str:
    return execute(copy, ["redis-cli", "-s", _SOCKET, *command]).output.strip()


def _keys_judgement(copy: str) -> Judgement:
    keys = _answer(copy, "DBSIZE")
    return Judgement("keys", keys.isdigit() and int(keys) > 0, f"{keys} keys were loaded")


def cache_login(outputs: Any, stack: Stack, service: Service) -> CacheLogin:
    """The service's login, from the stack's outputs."""
    found = outputs["credentials"][service.name]["redis"]
    return CacheLogin(
        host=stack.address_of(container_name("durable")),
        port=stack.cache.durable.port,
        username=found["username"],
        password=found["password"],
        authority=outputs["authority"],
    )
