"""A copy of what a Redis server has on its disk, as a killed one would find it, started while the server runs.

The copy has no network, configuration or users.
"""

import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager

import docker
from docker.models.containers import Container

from infra.backup.container import execute
from infra.backup.restore.copy import OnProgress
from infra.backup.restore.space import free_bytes, require_space
from infra.backup.room import LABEL, discard
from infra.components.container import UID
from infra.host.docker_api import engine, place_beside
from infra.model.errors import ResourceError

_HOME = "/data"
_FILES = f"{_HOME}/appendonlydir"
_SOCKET = "/tmp/redis.sock"  # noqa: S108 the container's own
_SERVE = ["redis-server", "--port", "0", "--unixsocket", _SOCKET, "--appendonly", "yes", "--save", "", "--dir"]
_START_SECONDS = 600
_REWRITTEN = 2
"""While a drill holds its files once more, the server may rewrite them, which takes their size again."""
_LEFT_BEHIND = ["find", _HOME, "-maxdepth", "1", "-name", "drill-*", "-mmin", "+1440", "-exec", "rm", "-rf", "{}", "+"]
"""What a drill left that was killed a day ago or earlier."""


@contextmanager
def copied(source: str, on_progress: OnProgress) -> Iterator[str]:
    """The running copy's name; removed at the end. Raises ResourceError where it has no room or does not start."""
    drill = f"drill-{secrets.token_hex(3)}"
    name, folder = f"{source}-{drill}", f"{_HOME}/{drill}"
    place_beside(name, source)
    with engine(f"copy of {source}", on=source) as client:
        try:
            copy = _create(client, name, source, folder)
            on_progress("copy what is on the disk")
            _carry(client.containers.get(source), copy, folder)
            copy.start()
            _await(name)
            yield name
        finally:
            discard(client, name)


def answer(copy: str, *command: str) -> str:
    """What the copy replies to one command."""
    return execute(copy, ["redis-cli", "-s", _SOCKET, *command]).output.strip()


def _create(client: docker.DockerClient, name: str, source: str, folder: str) -> Container:
    running, serve = client.containers.get(source), [*_SERVE, folder]
    return client.containers.create(
        running.attrs["Image"],
        name=name,
        entrypoint=serve[:1],
        command=serve[1:],
        user=f"{UID}:{UID}",
        labels={LABEL: source},
        network_mode="none",
        tmpfs={"/tmp": f"size=16m,uid={UID},gid={UID},mode=0700"},  # noqa: S108 the container's own
        cap_drop=["ALL"],
        security_opt=["no-new-privileges:true"],
        mem_limit=running.attrs["HostConfig"]["Memory"],
        init=True,
    )


def _carry(source: Container, copy: Container, folder: str) -> None:
    """By a folder that does not grow while it is read."""
    name = str(source.name)
    execute(name, _LEFT_BEHIND)
    require_room(name)
    try:
        _run(name, ["mkdir", folder])
        _run(name, ["cp", "-a", _FILES, folder])
        stream, _ = source.get_archive(folder)
        copy.put_archive(_HOME, stream)
    finally:
        execute(name, ["rm", "-rf", folder])


def require_room(source: str) -> None:
    """Raises ResourceError where the server's own disk has no room for its files once more and a rewrite of them."""
    size = int(_run(source, ["du", "-sb", _FILES]).split()[0])
    require_space(source, _REWRITTEN * size, free_bytes(source, _HOME), "the volume of its data")


def _run(container: str, command: list[str]) -> str:
    ended = execute(container, command)
    if ended.code:
        raise ResourceError(f"{container}: {ended.reason}", f"docker logs {container}")
    return ended.output


def _await(copy: str) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while answer(copy, "PING") != "PONG":
        if time.monotonic() > deadline:
            raise ResourceError(f"{copy}: it does not start on what was on the disk", f"docker logs {copy}")
        time.sleep(0.1)
