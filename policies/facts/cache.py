"""One cache server: settings, users, keys, and how it answered those who tried."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from policies.facts.storage_probe import StorageProbe


@dataclass(frozen=True, slots=True)
class CacheUser:
    """One ACL user; `keys`, `channels` and `selectors` in the server's notation.

    `allowed` are the commands that a dry run let through, in ACL form (`get`, `client|id`); None where it was not run.
    """

    name: str
    is_enabled: bool = True
    passwords: int = 1
    needs_password: bool = True
    keys: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    selectors: tuple[str, ...] = ()
    allowed: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class KeyGroup:
    """All keys of one pattern, `aqstream:event:event:{id}`; `lifetimes`: seconds left, rounded up -> keys."""

    pattern: str
    count: int
    without_expiry: int = 0
    lifetimes: Mapping[int, int] = field(default_factory=dict)

    def outliving(self, seconds: int) -> int:
        """Keys that have longer to live than this."""
        return sum(count for left, count in self.lifetimes.items() if left > seconds)


@dataclass(frozen=True, slots=True)
class KeyCensus:
    """The server's keys by pattern, as far as they were looked at."""

    total: int
    seen: int
    groups: tuple[KeyGroup, ...] = ()

    @property
    def is_complete(self) -> bool:
        """Whether every key was looked at; keys come and go while one looks."""
        return self.seen >= 0.98 * self.total


@dataclass(frozen=True)
class CacheFacts:
    """The server as the verifier sees it, and how it answered strangers.

    `accepts_plaintext`, `accepts_anonymous`, `accepts_wrong_password` were tried; None means that the attempt could
    not be made. `status` holds fields of INFO. `census` is None where keys were not read. `rules`: user -> a digest
    of everything that ACL LIST says of it, to compare nodes by.
    """

    endpoint: str
    version: str = ""
    users: tuple[CacheUser, ...] = ()
    rules: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, str] = field(default_factory=dict)
    status: Mapping[str, str] = field(default_factory=dict)
    census: KeyCensus | None = None
    accepts_plaintext: bool | None = None
    accepts_anonymous: bool | None = None
    accepts_wrong_password: bool | None = None
    probes: tuple[StorageProbe, ...] | None = ()
    """None where nothing may be written."""

    @property
    def is_primary(self) -> bool:
        """Whether it takes writes; a replica copies another node and refuses them."""
        return self.status.get("role") != "slave"


@dataclass(frozen=True)
class SentinelFacts:
    """One Sentinel's view: whom it holds for the primary, which replicas follow, and whether it has a quorum.

    `problem` is what SENTINEL CKQUORUM objects to; `followers` are the replicas whose link to the primary is up.
    """

    endpoint: str
    primary: str = ""
    primary_flags: str = ""
    followers: tuple[str, ...] = ()
    others: int = 0
    problem: str = ""
