"""X.509 keys and certificates in PEM, on `cryptography`; elliptic curve P-256 throughout."""

from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from typing import Protocol

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_SERVER, _CLIENT = ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH
_USAGES = {"server": [_SERVER], "client": [_CLIENT], "peer": [_SERVER, _CLIENT]}
_BACKDATED = timedelta(minutes=5)  # a peer's clock may be behind


class Request(Protocol):
    """What a certificate is asked for."""

    @property
    def common_name(self) -> str: ...
    @property
    def dns_names(self) -> tuple[str, ...]: ...
    @property
    def ip_addresses(self) -> tuple[str, ...]: ...
    @property
    def usage(self) -> str: ...
    @property
    def validity(self) -> int: ...
    @property
    def authority_certificate(self) -> str: ...
    @property
    def authority_key(self) -> str: ...


def private_key_pem() -> str:
    """A new private key, PKCS #8 without encryption."""
    key = ec.generate_private_key(ec.SECP256R1())
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return key.private_bytes(*form).decode()


def self_signed(key_pem: str, common_name: str, validity: int) -> str:
    """An authority's certificate: it may sign leaves and nothing below it may sign."""
    key = _load_key(key_pem)
    name = _name(common_name)
    usage = _key_usage(signs_certificates=True)
    builder = (
        _builder(name, name, key, validity)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
    )
    return _sign(builder, key)


def signed(key_pem: str, request: Request) -> str:
    """The certificate of this key, signed by the request's authority."""
    key = _load_key(key_pem)
    authority = x509.load_pem_x509_certificate(request.authority_certificate.encode())
    signer = _load_key(request.authority_key)
    builder = (
        _builder(_name(request.common_name), authority.subject, key, request.validity)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage(_USAGES[request.usage]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
    )
    names: list[x509.GeneralName] = [x509.DNSName(name) for name in request.dns_names]
    names += [x509.IPAddress(ip_address(address)) for address in request.ip_addresses]
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=not request.common_name)
    return _sign(builder, signer)


def seconds_left(certificate_pem: str) -> float:
    """Seconds until the certificate expires; negative when it has."""
    certificate = x509.load_pem_x509_certificate(certificate_pem.encode())
    return (certificate.not_valid_after_utc - datetime.now(UTC)).total_seconds()


def _load_key(pem: str) -> ec.EllipticCurvePrivateKey:
    key = serialization.load_pem_private_key(pem.encode(), password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise TypeError("the authority's key is not an elliptic curve key")
    return key


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)] if common_name else [])


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, validity: int
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _BACKDATED)
        .not_valid_after(now + timedelta(seconds=validity))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _key_usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _sign(builder: x509.CertificateBuilder, key: ec.EllipticCurvePrivateKey) -> str:
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()
