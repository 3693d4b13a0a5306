"""SCRAM-SHA-256 verifiers: what PostgreSQL stores instead of a password (RFC 5802, RFC 7677)."""

import hashlib
import hmac
import secrets
from base64 import b64encode

from infra.model.errors import ConfigurationError

ITERATIONS = 4096
"""PostgreSQL's scram_iterations by default; the passwords are random, so more adds only login time."""


def scram_verifier(password: str, salt: bytes | None = None) -> str:
    """The verifier of an ASCII password, the same for the same salt (16 random bytes unless given)."""
    if not password.isascii():
        raise ConfigurationError("a password has characters beyond ASCII", "use ASCII, which needs no SASLprep")
    salt = salt or secrets.token_bytes(16)
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, ITERATIONS)
    stored = hashlib.sha256(_hmac(salted, b"Client Key")).digest()
    server = _hmac(salted, b"Server Key")
    return f"SCRAM-SHA-256${ITERATIONS}:{_text(salt)}${_text(stored)}:{_text(server)}"


def _hmac(key: bytes, message: bytes) -> bytes:
    return hmac.digest(key, message, "sha256")


def _text(raw: bytes) -> str:
    return b64encode(raw).decode()
