"""Every rule on certificates finds its BAD and passes its GOOD, at real TLS endpoints."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

import pytest
import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from policies.evaluate import Verdict
from policies.facts.facts import Facts
from policies.rule import Rule
from policies.sources.live.access import Access, Endpoint
from policies.sources.live.certificates import read_authority, read_certificates
from tests.policies.examples.world import example_intent, rules_of, verdict

_DEFAULTS: dict[str, Any] = {
    "authority": "own",
    "days": 90,
    "key": "p256",
    "protocol": "TLSv1.2",
    "authority_days": 900,
}
_KEYS: dict[str, Callable[[], Any]] = {
    "p256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "rsa1024": lambda: rsa.generate_private_key(65537, 1024),  # noqa: S505 the weakness is the example
}


@pytest.mark.parametrize(("kind", "expected"), [("bad", Verdict.FAIL), ("good", Verdict.PASS)])
@pytest.mark.parametrize("rule", rules_of("certificates"), ids=lambda rule: rule.id)
def test_at_a_real_endpoint(rule: Rule, kind: str, expected: Verdict, tmp_path: Path) -> None:
    example = _DEFAULTS | yaml.safe_load(getattr(rule, kind))
    with endpoint(example, tmp_path) as access:
        certificates, unread = read_certificates(access)
        authorities = read_authority(access)
    assert not unread
    facts = Facts("live", example_intent(), certificates=certificates, authorities=authorities)
    assert verdict(rule, facts) is expected


def _certificate(example: dict[str, Any], key: Any, issuer: Any, issuer_name: x509.Name) -> x509.Certificate:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "minio")]))
        .issuer_name(issuer_name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=example["days"]))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False)
        .sign(issuer, hashes.SHA256())
    )


def _authority(days: int) -> tuple[Any, x509.Certificate]:
    key, now = _KEYS["p256"](), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test authority")])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(x509.random_serial_number()).not_valid_before(now - timedelta(days=1))
    builder = builder.not_valid_after(now + timedelta(days=days))
    return key, builder.add_extension(x509.BasicConstraints(True, None), True).sign(key, hashes.SHA256())


@contextmanager
def endpoint(example: dict[str, Any], folder: Path) -> Iterator[Access]:
    """A TLS server as the example describes it, and the way to it."""
    (signer, own), (_, other) = (_authority(example["authority_days"]) for _ in range(2))
    key = _KEYS[example["key"]]()
    certificate = _certificate(example, key, signer, own.subject)
    pem = serialization.Encoding.PEM
    plain = serialization.NoEncryption()
    (folder / "server.pem").write_bytes(
        certificate.public_bytes(pem) + key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain)
    )
    trusted = own if example["authority"] == "own" else other
    (folder / "authority.pem").write_bytes(trusted.public_bytes(pem))
    with _serving(folder / "server.pem", example["protocol"]) as port:
        yield Access({"minio": Endpoint("127.0.0.1", port)}, folder / "authority.pem")


@contextmanager
def _serving(pem: Path, protocol: str) -> Iterator[int]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = ssl.TLSVersion.TLSv1_1 if protocol == "TLSv1.1" else ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(pem)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=_accept, args=(listener, context), daemon=True).start()
        yield int(listener.getsockname()[1])


def _accept(listener: socket.socket, context: ssl.SSLContext) -> None:
    while True:
        try:
            plain, _ = listener.accept()
        except OSError:
            return
        try:
            context.wrap_socket(plain, server_side=True).close()
        except OSError:
            plain.close()
