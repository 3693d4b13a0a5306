"""Throw-away certificates in the folder that Docker's clients and servers expect."""

from dataclasses import dataclass
from pathlib import Path

from infra.provider.x509 import private_key_pem, self_signed, signed

_SECONDS = 3600


@dataclass(frozen=True)
class _Wanted:
    common_name: str
    dns_names: tuple[str, ...]
    ip_addresses: tuple[str, ...]
    usage: str
    validity: int
    authority_certificate: str
    authority_key: str


class ThrowAwayAuthority:
    """Signs for an hour."""

    def __init__(self) -> None:
        self._key = private_key_pem()
        self.certificate = self_signed(self._key, "throw-away", _SECONDS)

    def folder(self, path: Path, usage: str, *addresses: str, authority: str = "") -> Path:
        """`ca.pem`, `cert.pem` and `key.pem`; `authority` replaces what the folder trusts."""
        path.mkdir()
        key = private_key_pem()
        wanted = _Wanted("docker", (), addresses, usage, _SECONDS, self.certificate, self._key)
        (path / "ca.pem").write_text(authority or self.certificate)
        (path / "cert.pem").write_text(signed(key, wanted))
        (path / "key.pem").write_text(key)
        return path
