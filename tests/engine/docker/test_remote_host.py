"""A Docker Engine behind TCP with mutual TLS, as a remote host has it."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pulumi.provider.experimental import provider as protocol

from infra.engine.embedded.docker.property_values import boxed, plain_properties
from infra.engine.embedded.docker.provider import DockerProvider
from infra.model.errors import ResourceError
from tests.engine.docker.conftest import IMAGE

pytestmark = pytest.mark.docker

SOCKET = "/var/run/docker.sock"


@dataclass(frozen=True)
class Certificates:
    authority: str
    certificate: str
    key: str


@pytest.fixture(scope="module")
def certificates() -> Certificates:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "docker")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = certificate.public_bytes(serialization.Encoding.PEM).decode()
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return Certificates(pem, pem, private.decode())


@pytest.fixture(scope="module")
def endpoint(certificates: Certificates, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A TLS front of this machine's engine that demands a client certificate."""
    folder = tmp_path_factory.mktemp("tls")
    (folder / "cert.pem").write_text(certificates.certificate)
    (folder / "key.pem").write_text(certificates.key)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    context.load_verify_locations(cadata=certificates.authority)
    context.verify_mode = ssl.CERT_REQUIRED
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=_serve, args=(server, context), daemon=True).start()
        yield f"tcp://127.0.0.1:{server.getsockname()[1]}"


def _serve(server: socket.socket, context: ssl.SSLContext) -> None:
    with suppress(OSError):
        while True:
            plain, _ = server.accept()
            threading.Thread(target=_connect, args=(plain, context), daemon=True).start()


def _connect(plain: socket.socket, context: ssl.SSLContext) -> None:
    with suppress(OSError), context.wrap_socket(plain, server_side=True) as front:
        back = socket.socket(socket.AF_UNIX)
        back.connect(SOCKET)
        threading.Thread(target=_pump, args=(back, front), daemon=True).start()
        _pump(front, back)


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)


def look_up(configuration: dict[str, str]) -> dict[str, str]:
    provider = DockerProvider()
    values = {key: boxed(value) for key, value in configuration.items()}
    asyncio.run(provider.configure(protocol.ConfigureRequest({}, values, True, True)))
    request = protocol.InvokeRequest("docker:index/getRemoteImage:getRemoteImage", {"name": boxed(IMAGE)})
    return plain_properties(asyncio.run(provider.invoke(request)).return_value or {})


def test_certificates_can_be_given_as_text(endpoint: str, certificates: Certificates, image: str) -> None:
    found = look_up(
        {
            "host": endpoint,
            "caMaterial": certificates.authority,
            "certMaterial": certificates.certificate,
            "keyMaterial": certificates.key,
        }
    )
    assert found["id"] == image


def test_certificates_can_be_given_as_a_folder(
    endpoint: str, certificates: Certificates, image: str, tmp_path: Path
) -> None:
    for name, text in (("ca", certificates.authority), ("cert", certificates.certificate), ("key", certificates.key)):
        (tmp_path / f"{name}.pem").write_text(text)
    assert look_up({"host": endpoint, "certPath": str(tmp_path)})["id"] == image


def test_a_host_that_does_not_know_us_is_one_message_without_the_key(endpoint: str, certificates: Certificates) -> None:
    with pytest.raises(ResourceError, match="cannot connect to Docker") as refusal:
        look_up({"host": endpoint})
    assert "`hosts:`" in refusal.value.hint
    assert certificates.key not in str(refusal.value)
