"""A Docker Engine in a network namespace, reached over TLS and over SSH with throw-away keys."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from infra.model.docker_engine import EngineAddress
from tests.engine.docker.conftest import IMAGE, api, image
from tests.servers.certificates import ThrowAwayAuthority
from tests.servers.sshd import Sshd, sshd
from tests.servers.swarm import SwarmHost, engines

__all__ = ["IMAGE", "Remote", "api", "image", "remote"]
_PORT = 2376
_NUMBER = 100 + os.getpid() % 100
"""Of the bridge and its subnet: every worker of a run has its own."""


@dataclass(frozen=True)
class Remote:
    """One engine and the two ways to it; `folder` holds certificates, `authority` signed them."""

    host: SwarmHost
    ssh: Sshd
    folder: Path
    authority: ThrowAwayAuthority

    @property
    def tcp_url(self) -> str:
        """Over TLS."""
        return f"tcp://{self.host.address}:{_PORT}"

    @property
    def ssh_url(self) -> str:
        """Over SSH, by way of this machine, which sees the engine's socket."""
        return self.ssh.url(self.host.socket.removeprefix("unix://"))

    def declared(self, way: str) -> dict[str, str]:
        """The host as a stack file has it."""
        if way == "ssh":
            return {"docker": self.ssh_url, "sshConfig": self.ssh.configuration}
        return {"docker": self.tcp_url, "certPath": str(self.folder / "client")}

    def address(self, way: str) -> EngineAddress:
        """The same as a value."""
        found = self.declared(way)
        return EngineAddress.of(found["docker"], found.get("certPath", ""), found.get("sshConfig", ""))


@pytest.fixture(scope="session")
def remote(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Remote]:
    """It has the tiny image and nothing else."""
    if os.geteuid() != 0:
        pytest.skip("network namespaces need root")
    request.getfixturevalue("image")
    folder, keys = tmp_path_factory.mktemp("certificates"), tmp_path_factory.mktemp("keys")
    authority = ThrowAwayAuthority()
    server = authority.folder(folder / "server", "server", f"10.213.{_NUMBER}.10")
    authority.folder(folder / "client", "client")
    files = ("--tlscacert", server / "ca.pem", "--tlscert", server / "cert.pem", "--tlskey", server / "key.pem")
    options = ["--host", f"tcp://{{address}}:{_PORT}", "--tlsverify", *map(str, files)]
    with engines([f"aqr{_NUMBER}"], [IMAGE], _NUMBER, options) as hosts, sshd(keys) as server_of_ssh:
        yield Remote(hosts[0], server_of_ssh, folder, authority)
