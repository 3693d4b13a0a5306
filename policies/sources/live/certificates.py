"""The certificate that each endpoint presents, and how it speaks TLS."""

import socket
import ssl
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.x509.oid import NameOID

from policies.facts.certificates import Authority, Certificate
from policies.facts.facts import Unread
from policies.sources.live.access import Access, Endpoint, first_line

_SECONDS = 5.0
_SSL_REQUEST = b"\x00\x00\x00\x08\x04\xd2\x16\x2f"
"""PostgreSQL's request to speak TLS: its length, then 1234 and 5679 as 16-bit numbers."""
_LEGACY = {"TLSv1": ssl.TLSVersion.TLSv1, "TLSv1.1": ssl.TLSVersion.TLSv1_1}


def read_certificates(access: Access) -> tuple[tuple[Certificate, ...], tuple[Unread, ...]]:
    """What every endpoint of the stack presents, and those that presented nothing."""
    with ThreadPoolExecutor(8) as pool:
        seen = list(pool.map(lambda item: _read(access, *item), access.listeners.items()))
    certificates = tuple(found for found in seen if isinstance(found, Certificate))
    return certificates, tuple(found for found in seen if isinstance(found, Unread))


def read_authority(access: Access) -> tuple[Authority, ...]:
    """The authorities in the file that clients verify against; a stack has one."""
    found = x509.load_pem_x509_certificates(access.authority.read_bytes())
    return tuple(map(_authority, found))


def _authority(found: x509.Certificate) -> Authority:
    try:
        may_sign = found.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        may_sign = False
    return Authority(
        subject=_common_name(found),
        not_before=found.not_valid_before_utc,
        not_after=found.not_valid_after_utc,
        seen_at=datetime.now(UTC),
        may_sign=may_sign,
    )


def _read(access: Access, name: str, endpoint: Endpoint) -> Certificate | Unread:
    try:
        with _session(name, endpoint, _any_authority()) as session:
            der = session.getpeercert(binary_form=True) or b""
            protocol, cipher = session.version() or "", (session.cipher() or ("",))[0]
    except OSError as error:
        return Unread("certificates", name, f"no TLS session: {first_line(error)}")
    problem = _distrust(name, endpoint, access.authority)
    return _certificate(name, der, protocol, cipher, problem, tuple(_legacy(name, endpoint)))


def _session(name: str, endpoint: Endpoint, context: ssl.SSLContext) -> ssl.SSLSocket:
    plain = socket.create_connection((endpoint.host, endpoint.port), _SECONDS)
    try:
        if name.startswith("postgres"):
            _ask_for_tls(plain)
        return context.wrap_socket(plain, server_hostname=endpoint.host)
    except OSError:
        plain.close()
        raise


def _ask_for_tls(plain: socket.socket) -> None:
    plain.sendall(_SSL_REQUEST)
    if plain.recv(1) != b"S":
        raise OSError("the server refuses TLS")


def _any_authority() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _distrust(name: str, endpoint: Endpoint, authority: Path) -> str:
    try:
        with _session(name, endpoint, ssl.create_default_context(cafile=str(authority))):
            return ""
    except OSError as error:
        return first_line(error)


def _legacy(name: str, endpoint: Endpoint) -> Iterator[str]:
    for label, version in _LEGACY.items():
        context = _any_authority()
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.minimum_version = context.maximum_version = version
        try:
            with _session(name, endpoint, context):
                yield label
        except (OSError, ValueError):
            continue


def _certificate(  # noqa: PLR0913, PLR0917 what one TLS session shows
    name: str, der: bytes, protocol: str, cipher: str, problem: str, legacy: tuple[str, ...]
) -> Certificate:
    found = x509.load_der_x509_certificate(der)
    key = found.public_key()
    return Certificate(
        endpoint=name,
        subject=_common_name(found),
        not_before=found.not_valid_before_utc,
        not_after=found.not_valid_after_utc,
        seen_at=datetime.now(UTC),
        is_trusted=not problem,
        key_bits=key.key_size if isinstance(key, RSAPublicKey | EllipticCurvePublicKey) else 0,
        key_type=type(key).__name__.removeprefix("_").removesuffix("PublicKey"),
        signature_hash=found.signature_hash_algorithm.name if found.signature_hash_algorithm else "",
        names=_names(found),
        protocol=protocol,
        cipher=cipher,
        accepts_legacy=legacy,
        problem=problem,
    )


def _common_name(found: x509.Certificate) -> str:
    names = found.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(names[0].value) if names else ""


def _names(found: x509.Certificate) -> tuple[str, ...]:
    try:
        extension = found.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        return ()
    return tuple(str(name.value) for name in extension.value)
