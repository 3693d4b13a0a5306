"""Ed25519 signatures of reports, beside them in files that `openssl pkeyutl -verify -rawin` reads too."""

from collections.abc import Iterable
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from infra.model.errors import ConfigurationError

_MAKE = "openssl genpkey -algorithm ed25519 -out drill.key && openssl pkey -in drill.key -pubout -out drill.pub"


class SigningKey:
    """Signs with the key in a PEM file without a passphrase."""

    def __init__(self, file: Path) -> None:
        try:
            key = load_pem_private_key(_content(file), password=None)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            key = None
        if not isinstance(key, Ed25519PrivateKey):
            raise ConfigurationError(f"--sign: {file} is no Ed25519 private key without a passphrase", _MAKE)
        self._key = key

    def sign(self, content: bytes) -> bytes:
        """The signature of a report's text."""
        return self._key.sign(content)


def signature_of(path: Path) -> Path:
    """Where a report's signature is."""
    return path.with_name(f"{path.name}.sig")


def unsigned(paths: Iterable[Path], public_key: Path) -> list[str]:
    """What is wrong with the signatures of these reports. Raises ConfigurationError for what is no public key."""
    key = _public_key(public_key)
    return [problem for path in paths if (problem := _problem(path, key))]


def _problem(path: Path, key: Ed25519PublicKey) -> str | None:
    if not signature_of(path).exists():
        return f"{path.name}: it is not signed"
    try:
        key.verify(signature_of(path).read_bytes(), path.read_bytes())
    except InvalidSignature:
        return f"{path.name}: its signature is not of this key or not of this text"
    return None


def _public_key(file: Path) -> Ed25519PublicKey:
    try:
        key = load_pem_public_key(_content(file))
    except (ValueError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PublicKey):
        raise ConfigurationError(f"--public-key: {file} is no Ed25519 public key", _MAKE)
    return key


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"{file} cannot be read: {error.strerror}", _MAKE) from error
