"""Tokens that prove a session's tenant to an instance with `tenancy: {context: signed}`; see docs/tenant-context.md.

A service copies this file as it is, standard library only, or follows its few lines in another language. The key is
a secret of the service: sessions, and whoever can run SQL in them, never see it.
"""

import hashlib
import hmac
import time
from dataclasses import dataclass, field
from uuid import UUID

SETTING = "app.tenant_token"
LIFETIME = 60
"""Seconds that a token is valid; the server accepts none for more than an hour."""
_ID_LENGTH = 8
_LEAST_SECRET = 32


@dataclass(frozen=True)
class SigningKey:
    """An instance's key: `id`, which a token names, and the secret that signs."""

    id: str
    secret: bytes = field(repr=False)

    @classmethod
    def of(cls, text: str) -> "SigningKey":
        """The key from its text, of which the first 8 characters are the id. Raises ValueError."""
        if len(text) < _ID_LENGTH + _LEAST_SECRET or not (text.isascii() and text.isalnum()):
            raise ValueError("a signing key is 40 or more letters and digits")
        return cls(text[:_ID_LENGTH], text[_ID_LENGTH:].encode("ascii"))

    def token(self, tenant: UUID, lifetime: int = LIFETIME, now: float | None = None) -> str:
        """`<key id>.<tenant>.<expiry>.<mac>`, valid for `lifetime` seconds from `now`, seconds since 1970."""
        expiry = int(time.time() if now is None else now) + lifetime
        signed = f"{self.id}.{tenant}.{expiry}"
        return f"{signed}.{hmac.new(self.secret, signed.encode('ascii'), hashlib.sha256).hexdigest()}"
