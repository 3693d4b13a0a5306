"""A Docker Engine that cannot be used is one message: the host, the cause, what was expected, the next command."""

import secrets
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.model import docker_engine, ssh_tunnel
from infra.model.docker_engine import EngineAddress, connect
from infra.model.errors import HostUnreachable
from tests.hosts.conftest import Remote
from tests.servers.certificates import ThrowAwayAuthority
from tests.servers.container import free_port

pytestmark = pytest.mark.docker


def refusal(address: EngineAddress) -> HostUnreachable:
    with pytest.raises(HostUnreachable) as refused:
        connect(address, 60)
    assert address.docker in refused.value.message
    assert "expected" in refused.value.message
    assert "`hosts:`" in refused.value.hint
    return refused.value


def over_tls(remote: Remote, folder: Path) -> EngineAddress:
    return EngineAddress(remote.tcp_url, str(folder))


@pytest.fixture
def mute() -> Iterator[int]:
    """A port that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield int(server.getsockname()[1])


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(docker_engine, "CONNECT_SECONDS", 1)
    monkeypatch.setattr(ssh_tunnel, "CONNECT_SECONDS", 1)


def test_an_engine_of_another_authority(remote: Remote, tmp_path: Path) -> None:
    stranger = ThrowAwayAuthority().certificate
    folder = remote.authority.folder(tmp_path / "c", "client", authority=stranger)
    found = refusal(over_tls(remote, folder))
    assert "its certificate is of another authority" in found.message
    assert f"--tlscacert {folder}/ca.pem" in found.hint


def test_an_engine_that_refuses_our_certificate(remote: Remote, tmp_path: Path) -> None:
    folder = ThrowAwayAuthority().folder(tmp_path / "c", "client", authority=remote.authority.certificate)
    found = refusal(over_tls(remote, folder))
    assert "it refuses our certificate" in found.message
    assert (folder / "key.pem").read_text() not in f"{found.message}{found.hint}"


def test_a_folder_without_certificates(remote: Remote, tmp_path: Path) -> None:
    found = refusal(over_tls(remote, tmp_path / "nothing"))
    assert "ca.pem, cert.pem, key.pem in `certPath`" in found.message


def test_a_port_where_nobody_listens(remote: Remote) -> None:
    address = EngineAddress(f"tcp://127.0.0.1:{free_port()}", str(remote.folder / "client"))
    assert "nothing listens there" in refusal(address).message


@pytest.mark.usefixtures("impatient")
def test_an_engine_that_says_nothing(remote: Remote, mute: int) -> None:
    started = time.monotonic()
    found = refusal(EngineAddress(f"tcp://127.0.0.1:{mute}", str(remote.folder / "client")))
    assert "it does not answer within 1 s" in found.message
    assert time.monotonic() - started < 10


@pytest.mark.usefixtures("impatient")
def test_an_ssh_server_that_says_nothing(mute: int) -> None:
    started = time.monotonic()
    assert "it does not answer" in refusal(EngineAddress(f"ssh://root@127.0.0.1:{mute}")).message
    assert time.monotonic() - started < 10


def test_an_ssh_port_where_nobody_listens() -> None:
    found = refusal(EngineAddress(f"ssh://root@127.0.0.1:{free_port()}"))
    assert "it does not answer" in found.message
    assert "Connection refused" in found.message


def test_a_name_that_leads_nowhere() -> None:
    assert "its name leads nowhere" in refusal(EngineAddress("ssh://root@no-such-host.invalid")).message


def test_a_refused_key(remote: Remote) -> None:
    found = refusal(EngineAddress.of(remote.ssh_url, "", remote.ssh.refused_key))
    assert "it refuses our key" in found.message
    assert found.hint.startswith(f"ssh -F {remote.ssh.refused_key} -l root -p {remote.ssh.port} 127.0.0.1")


def test_a_host_key_that_is_not_known(remote: Remote) -> None:
    found = refusal(EngineAddress.of(remote.ssh_url, "", remote.ssh.unknown_host))
    assert "its host key is not the known one" in found.message


def test_a_machine_without_an_engine(remote: Remote) -> None:
    url = remote.ssh.url(f"/run/{secrets.token_hex(4)}.sock")
    found = refusal(EngineAddress.of(url, "", remote.ssh.configuration))
    assert "ssh lets us in, and its Docker socket does not" in found.message


@pytest.mark.usefixtures("impatient")
def test_one_that_is_silent_is_not_asked_again_at_once(mute: int) -> None:
    address = EngineAddress(f"ssh://nobody@127.0.0.1:{mute}")
    first = refusal(address)
    started = time.monotonic()
    assert refusal(address).message == first.message
    assert time.monotonic() - started < 0.5
