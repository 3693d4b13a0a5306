"""Who holds a host port: a container, or a process of this machine."""

from __future__ import annotations

import re
from pathlib import Path

from infra.engine.embedded.docker.client import Docker
from infra.engine.embedded.docker.configuration import HostSettings

LISTENING = "0A"
_ADDRESS = re.compile(r"(?:Bind for |listen (?:tcp|udp)[46]? |bind host port (?:for )?)\[?([0-9a-f.:]*?)\]?:(\d+)")


def refused_address(message: str) -> tuple[str, int] | None:
    """The address and port that Docker says it could not publish; None when its message is about another thing."""
    found = _ADDRESS.search(message)
    is_taken = "already allocated" in message or "address already in use" in message
    return (found[1], int(found[2])) if found and is_taken else None


def named_holder(message: str) -> str | None:
    """Who holds the port of this machine that Docker says it could not publish; None for another message."""
    address = refused_address(message)
    if address is None:
        return None
    ip, port = address
    return f"port {ip}:{port} is held by {holder(Docker(HostSettings()), port)}"


def holder(docker: Docker, port: int) -> str:
    """Who listens on `port`, as `container x` or `process y (pid 1)`; says so when it cannot be found."""
    with docker.asked(f"look who publishes port {port}"):
        published = docker.api.containers(filters={"publish": str(port)})
    if published:
        return f"container {published[0]['Names'][0].lstrip('/')}"
    process = listening_process(port) if docker.settings.is_local else None
    return process or "a process that could not be identified"


def listening_process(port: int, proc: Path = Path("/proc")) -> str | None:
    """The process of this machine that listens on a TCP port."""
    sockets = {
        f"socket:[{inode}]"
        for table in ("tcp", "tcp6")
        for inode in listening_inodes((proc / "net" / table).read_text(encoding="ascii"), port)
    }
    for descriptor in proc.glob("[0-9]*/fd/*"):
        try:
            target = str(descriptor.readlink())
        except OSError:
            continue
        if target in sockets:
            process = descriptor.parent.parent
            return f"process {(process / 'comm').read_text().strip()} (pid {process.name})"
    return None


def listening_inodes(table: str, port: int) -> list[str]:
    """The socket inodes of a `/proc/net/tcp` table that listen on `port`."""
    rows = [line.split() for line in table.splitlines()[1:]]
    return [row[9] for row in rows if row[3] == LISTENING and int(row[1].rsplit(":", 1)[1], 16) == port]
