"""The names of cache keys: built and parsed here, so that nobody spells them by hand.

aqstream:{service}:{entity}:{id}                    one thing
aqstream:{service}:{entity}:list:{params_hash}      one page of a list
aqstream:{service}:{entity}:list:index              the pages that are filled, for their invalidation
<any of the first two>:lease                        somebody is filling it
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Literal
from urllib.parse import quote

from infra.model.errors import ConfigurationError

Kind = Literal["item", "list", "index", "lease"]
PREFIX = "aqstream"
LEASE_SECONDS = 10
"""How long one caller may take to fill an entry before another tries."""

_ID = r"[A-Za-z0-9._~@-]{1,200}"
_NAME = r"[a-z][a-z0-9_]*"
_KEY = re.compile(
    rf"{PREFIX}:(?P<service>{_NAME}):(?P<entity>{_NAME}):(?P<list>list:)?(?P<id>{_ID})(?P<lease>:lease)?", re.ASCII
)


@dataclass(frozen=True, slots=True)
class CacheKey:
    """A key by its parts; `service` is the short name, `id` the thing's id or the hash of a list's parameters."""

    service: str
    entity: str
    id: str
    kind: Kind = "item"
    of_list: bool = False

    def __str__(self) -> str:
        name = f"{PREFIX}:{self.service}:{self.entity}:{'list:' if self.of_list else ''}{self.id}"
        return f"{name}:lease" if self.kind == "lease" else name

    @property
    def pattern(self) -> str:
        """The key with its variable part named: `aqstream:event:event:{id}`."""
        variable = "index" if self.kind == "index" else "{params_hash}" if self.of_list else "{id}"
        return str(CacheKey(self.service, self.entity, variable, self.kind, self.of_list))

    @property
    def lease(self) -> "CacheKey":
        """The mark that somebody is filling this key."""
        return CacheKey(self.service, self.entity, self.id, "lease", self.of_list)

    @property
    def index(self) -> "CacheKey":
        """The set of this list's filled pages."""
        return CacheKey(self.service, self.entity, "index", "index", of_list=True)


def item_key(service: str, entity: str, identifier: object) -> CacheKey:
    """The key of one thing. Raises ConfigurationError where the id could be read as another key."""
    return _checked(CacheKey(service, entity, str(identifier)))


def list_key(service: str, entity: str, parameters: Mapping[str, object]) -> CacheKey:
    """The key of one page of a list."""
    return _checked(CacheKey(service, entity, params_hash(parameters), "list", of_list=True))


def params_hash(parameters: Mapping[str, object]) -> str:
    """The first 32 hex digits of SHA-256 over the sorted, percent-encoded `name=value` pairs joined by `&`.

    Only RFC 3986's unreserved characters stay bare, so any language can compute the same.
    """
    pairs = sorted(f"{quote(name, safe='')}={quote(str(value), safe='')}" for name, value in parameters.items())
    return sha256("&".join(pairs).encode()).hexdigest()[:32]


def parse_key(text: str) -> CacheKey | None:
    """The key's parts, or None where the text follows none of the four forms."""
    match = _KEY.fullmatch(text)
    if match is None:
        return None
    service, entity, of_list, identifier, lease = match.group("service", "entity", "list", "id", "lease")
    is_index = bool(of_list) and identifier == "index"
    if is_index and lease:
        return None
    kind: Kind = "lease" if lease else "index" if is_index else "list" if of_list else "item"
    return CacheKey(service, entity, identifier, kind, bool(of_list))


def _checked(key: CacheKey) -> CacheKey:
    if parse_key(str(key)) != key:
        raise ConfigurationError(
            f"cache key '{key}' is not of the form {PREFIX}:service:entity:id",
            "an id has 1 to 200 of the characters A-Z a-z 0-9 . _ ~ @ -; hash or encode anything else",
        )
    return key
