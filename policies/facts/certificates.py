"""Certificates as servers present them, and the authority that signed them."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Certificate:
    """The certificate of one endpoint and the TLS session it was seen in; times are UTC."""

    endpoint: str
    subject: str
    not_before: datetime
    not_after: datetime
    seen_at: datetime
    is_trusted: bool
    key_bits: int = 0
    key_type: str = ""
    signature_hash: str = ""
    names: tuple[str, ...] = ()
    protocol: str = ""
    cipher: str = ""
    accepts_legacy: tuple[str, ...] = ()
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Authority:
    """The stack's certificate authority as its clients have it; times are UTC."""

    subject: str
    not_before: datetime
    not_after: datetime
    seen_at: datetime
    may_sign: bool
