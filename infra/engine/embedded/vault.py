"""Secrets of one state: decrypts them on reading, and on writing uses an unchanged one's old ciphertext again.

Ciphertexts are remembered by place (URN, side and path) and plaintext together: an unchanged state then has an
unchanged file, and two secrets that happen to be equal do not show it.
"""

from __future__ import annotations

import json
from typing import Protocol

from infra.engine.values import Value

Place = tuple[str | int, ...]


class Crypter(Protocol):
    """Encrypts strings with the stack's key."""

    def encrypt(self, plaintext: str) -> str: ...

    def decrypt(self, ciphertext: str) -> str: ...

    @property
    def salt(self) -> str: ...


class Vault:
    """The secrets of one state, and the ciphertexts they already have."""

    def __init__(self, crypter: Crypter) -> None:
        self._crypter = crypter
        self._known: dict[tuple[Place, str], str] = {}

    @property
    def salt(self) -> str:
        return self._crypter.salt

    def open(self, place: Place, ciphertext: str) -> Value:
        """The JSON value behind `ciphertext`."""
        plaintext = self._crypter.decrypt(ciphertext)
        value = self.plain(plaintext)
        self._known[place, self.encode(value)] = ciphertext
        return value

    def close(self, place: Place, value: Value) -> str:
        """The ciphertext of a JSON value."""
        plaintext = self.encode(value)
        known = self._known.get((place, plaintext))
        if known is None:
            known = self._known[place, plaintext] = self._crypter.encrypt(plaintext)
        return known

    @staticmethod
    def plain(plaintext: str) -> Value:
        """The value of a secret that a state holds unencrypted, as an export with secrets does."""
        return json.loads(plaintext)

    @staticmethod
    def encode(value: Value) -> str:
        """The text that is encrypted for a value."""
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False, sort_keys=True)
