"""One cache server: settings, users and keys, of Redis or whatever speaks its protocol."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class CacheUser:
    """One ACL user; `keys`, `channels` and `commands` in the server's own notation."""

    name: str
    is_enabled: bool = True
    has_password: bool = True
    keys: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    commands: str = ""
    selectors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CacheKey:
    """A key that was sampled; `ttl` in seconds, None where it never expires."""

    name: str
    ttl: int | None


@dataclass(frozen=True)
class CacheFacts:
    """The server as an administrator sees it, and how it answered strangers.

    `accepts_plaintext` and `accepts_anonymous` were tried; None means that the attempt could not be made.
    """

    endpoint: str
    version: str = ""
    users: tuple[CacheUser, ...] = ()
    settings: Mapping[str, str] = field(default_factory=dict)
    keys: tuple[CacheKey, ...] = ()
    accepts_plaintext: bool | None = None
    accepts_anonymous: bool | None = None
    accepts_wrong_password: bool | None = None
    answers_service: Mapping[str, bool] = field(default_factory=dict)
    crossings: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
