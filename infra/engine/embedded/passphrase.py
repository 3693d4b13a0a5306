"""Pulumi's passphrase secrets provider, version 1: AES-256-GCM under a key stretched with PBKDF2.

Deriving the key takes a tenth to half a second of CPU and releases the GIL, so it starts on a thread of its own
and is waited for by the first secret that is read or written.
"""

from __future__ import annotations

import os
from base64 import b64decode, b64encode
from collections.abc import Callable
from concurrent.futures import Future
from functools import lru_cache
from pathlib import Path
from threading import Thread

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC

from infra.model.errors import AuthenticationError

ROUNDS = 1_000_000
KEY_BYTES = 32
NONCE_BYTES = 12
SALT_BYTES = 8
PROOF = "pulumi"
"""What the salt string holds encrypted, to recognise a wrong passphrase."""

VARIABLE = "PULUMI_CONFIG_PASSPHRASE"
FILE_VARIABLE = "PULUMI_CONFIG_PASSPHRASE_FILE"


def from_environment() -> str:
    """The passphrase of PULUMI_CONFIG_PASSPHRASE or of the file PULUMI_CONFIG_PASSPHRASE_FILE names."""
    phrase = os.environ.get(VARIABLE)
    if phrase is not None:
        return phrase
    path = os.environ.get(FILE_VARIABLE, "")
    if not path:
        raise AuthenticationError(
            "no passphrase: the stack's secrets are encrypted with one",
            f"set {VARIABLE}, or {FILE_VARIABLE} to a file that holds it",
        )
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise AuthenticationError(
            f"{FILE_VARIABLE} names {path}, which cannot be read: {error.strerror}", "correct the path"
        ) from None


class Crypter:
    """Encrypts and decrypts with one passphrase and one salt; raises AuthenticationError where they differ.

    `salt` is the string that the stack file or the state keeps. Without one a new salt is made.
    """

    def __init__(self, phrase: Callable[[], str], salt: str = "") -> None:
        self._phrase = phrase
        self._given = salt
        self._ready: Future[tuple[AESGCM, str]] = Future()
        self._thread = Thread(target=self._derive, name="passphrase", daemon=True)
        self._thread.start()

    def encrypt(self, plaintext: str) -> str:
        return _seal(self._ready.result()[0], plaintext)

    def decrypt(self, ciphertext: str) -> str:
        try:
            return _open(self._ready.result()[0], ciphertext)
        except (InvalidTag, ValueError):
            raise AuthenticationError(
                "a secret of the state cannot be decrypted: it was written with another passphrase",
                "restore the state from a backup in .pulumi/backups, or use the passphrase it was made with",
            ) from None

    @property
    def salt(self) -> str:
        """The salt string to keep."""
        return self._ready.result()[1]

    def _derive(self) -> None:
        try:
            self._ready.set_result(_unlock(self._phrase(), self._given))
        except BaseException as error:  # noqa: BLE001 handed to whoever waits for the key
            self._ready.set_exception(error)


def _unlock(phrase: str, given: str) -> tuple[AESGCM, str]:
    salt, proof = _parts(given) if given else (os.urandom(SALT_BYTES), "")
    cipher = AESGCM(_stretching(phrase, salt, ROUNDS).result())
    if not given:
        return cipher, f"v1:{b64encode(salt).decode()}:{_seal(cipher, PROOF)}"
    _verify(cipher, proof)
    return cipher, given


@lru_cache(maxsize=4)
def _stretching(phrase: str, salt: bytes, rounds: int) -> Future[bytes]:
    """The key, or its derivation under way: who opens the stack first begins it, who opens it again shares it."""
    key: Future[bytes] = Future()
    work = Thread(target=lambda: key.set_result(_stretch(phrase, salt, rounds)), name="key", daemon=True)
    work.start()
    return key


def _stretch(phrase: str, salt: bytes, rounds: int) -> bytes:
    return PBKDF2HMAC(SHA256(), KEY_BYTES, salt, rounds).derive(phrase.encode())


def _parts(salt: str) -> tuple[bytes, str]:
    version, _, rest = salt.partition(":")
    encoded, _, proof = rest.partition(":")
    if version != "v1" or not proof:
        raise AuthenticationError(
            "the encryption salt is malformed, expected v1:<salt>:v1:<nonce>:<ciphertext>",
            "restore `encryptionsalt` of the stack file or the state from a backup",
        )
    return b64decode(encoded), proof


def _verify(cipher: AESGCM, proof: str) -> None:
    try:
        right = _open(cipher, proof) == PROOF
    except (InvalidTag, ValueError):
        right = False
    if not right:
        raise AuthenticationError(
            "incorrect passphrase: it is not the one the stack's secrets were encrypted with",
            f"set {VARIABLE} or {FILE_VARIABLE} to the passphrase the stack was created with",
        )


def _seal(cipher: AESGCM, plaintext: str) -> str:
    nonce = os.urandom(NONCE_BYTES)
    sealed = cipher.encrypt(nonce, plaintext.encode(), None)
    return f"v1:{b64encode(nonce).decode()}:{b64encode(sealed).decode()}"


def _open(cipher: AESGCM, ciphertext: str) -> str:
    version, nonce, sealed = ciphertext.split(":")
    if version != "v1":
        raise ValueError(version)
    return cipher.decrypt(b64decode(nonce), b64decode(sealed), None).decode()
