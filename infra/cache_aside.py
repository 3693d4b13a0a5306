"""The reference of the cache-aside contract: read through the cache, fill it once, invalidate it safely.

A reader that misses takes the key's lease and alone asks the database; the others wait for what it fills. It may
fill only while it still holds the lease, and invalidation takes the lease away: a value that was read before a
change is never cached after it. Pages of a list are named in the list's index before they are read, so that
invalidation finds them, and the fills under way, without looking at the names of keys.
"""

import json
import random
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import redis
from redis import exceptions

from infra.model.cache_key import LEASE_SECONDS, CacheKey, item_key, list_key
from infra.model.errors import ConfigurationError
from infra.model.service import Service
from infra.model.storage import CacheEntry

T = TypeVar("T")
NOT_SERVING = (exceptions.ConnectionError, exceptions.TimeoutError, exceptions.OutOfMemoryError)
"""Redis is away, loading, too slow or full: the service goes on without its cache. Anything else is a defect."""
JITTER = 0.1
"""Lifetimes are shortened by up to this share, so that what was filled together does not expire together."""
PATIENCE_SECONDS = 1.0
"""How long a reader waits for another one's fill before it asks the database itself."""
_POLL_SECONDS = 0.01


@dataclass(frozen=True)
class Codec(Generic[T]):
    """How a value becomes bytes and back; `tenant_of` where the entry is tenant-scoped."""

    encode: Callable[[T], bytes]
    decode: Callable[[bytes], T]
    tenant_of: Callable[[T], str] | None = None


JSON: Codec[dict[str, Any]] = Codec(
    encode=lambda value: json.dumps(value, separators=(",", ":")).encode(),
    decode=json.loads,
    tenant_of=lambda value: str(value["tenant_id"]),
)


class CacheAside(Generic[T]):
    """One declared entry of one service; `client` answers bytes and belongs to the server of the entry's role."""

    def __init__(self, client: redis.Redis, service: Service, entity: str, codec: Codec[T]) -> None:
        self._client: Any = client
        self._service, self._entity, self._codec = service, entity, codec
        self._entry = _entry(service, entity)
        if self._entry.tenant_scoped and codec.tenant_of is None:
            raise ConfigurationError(
                f"cache entry {service.name}.{entity} is tenant-scoped, its codec tells no tenant", "set `tenant_of`"
            )

    def key(self, identifier: object) -> CacheKey:
        """The key of one thing, or of one page where the entry is a list and `identifier` its parameters."""
        if self._entry.list:
            if not isinstance(identifier, Mapping):
                raise ConfigurationError(f"{self._entity} is a list", "pass the list's parameters as a mapping")
            return list_key(self._service.short, self._entity, identifier)
        return item_key(self._service.short, self._entity, identifier)

    def read(self, identifier: object, load: Callable[[], T | None], tenant: str | None = None) -> T | None:
        """The cached value or, on a miss, the loaded one; None is never cached.

        Where Redis does not answer the value is loaded. A tenant-scoped value of another tenant is as good as none.
        """
        key = self.key(identifier)
        try:
            found = self._client.get(str(key))
            if found is None:
                return self._miss(key, load, tenant)
        except NOT_SERVING:
            return load()
        return self._own(self._codec.decode(found), load, tenant)

    def invalidate(self, identifier: object) -> None:
        """Forget one thing and refuse fills that are under way; call it after the change is committed."""
        key = self.key(identifier)
        self._client.unlink(str(key), str(key.lease))

    def invalidate_lists(self) -> None:
        """Forget every page of the list and refuse fills that are under way."""
        index = str(CacheKey(self._service.short, self._entity, "").index)
        with self._client.pipeline() as transaction:
            while True:
                try:
                    transaction.watch(index)
                    pages = [page.decode() for page in transaction.zrange(index, 0, -1)]
                    transaction.multi()
                    transaction.unlink(index, *pages, *(f"{page}:lease" for page in pages))
                    transaction.execute()
                except exceptions.WatchError:
                    continue
                return

    def _own(self, value: T, load: Callable[[], T | None], tenant: str | None) -> T | None:
        if not self._entry.tenant_scoped or self._codec.tenant_of is None:
            return value
        return value if self._codec.tenant_of(value) == tenant else load()

    def _miss(self, key: CacheKey, load: Callable[[], T | None], tenant: str | None) -> T | None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            token, found = self._take_lease(key)
            if found is not None:
                return self._own(self._codec.decode(found), load, tenant)
            if token:
                return self._load_and_fill(key, token, load)
            if time.monotonic() > deadline:
                return load()
            time.sleep(_POLL_SECONDS)

    def _load_and_fill(self, key: CacheKey, token: bytes, load: Callable[[], T | None]) -> T | None:
        value = None
        try:
            value = load()
        finally:
            if value is None:
                self._give_up(key, token)
        if value is not None:
            self._fill(key, token, self._codec.encode(value))
        return value

    def _take_lease(self, key: CacheKey) -> tuple[bytes, bytes | None]:
        """A token where the lease is ours now, and the value where somebody has filled it meanwhile."""
        token = secrets.token_bytes(8)
        with self._client.pipeline() as transaction:
            transaction.set(str(key.lease), token, nx=True, px=LEASE_SECONDS * 1000)
            transaction.get(str(key))
            if key.of_list:
                self._note_page(transaction, key)
            taken, found, *_ = transaction.execute()
        if taken and found is not None:
            self._give_up(key, token)
        return (token if taken else b""), found

    def _fill(self, key: CacheKey, token: bytes, value: bytes) -> None:
        """Keep the value if the lease is still ours; losing it, or Redis, costs a later load and nothing else."""
        milliseconds = int(self._entry.ttl * 1000 * random.uniform(1 - JITTER, 1))  # noqa: S311 no secret
        try:
            with self._client.pipeline() as transaction:
                transaction.watch(str(key.lease))
                if transaction.get(str(key.lease)) != token:
                    return
                transaction.multi()
                transaction.set(str(key), value, px=milliseconds)
                if key.of_list:
                    self._note_page(transaction, key)
                transaction.unlink(str(key.lease))
                transaction.execute()
        except (exceptions.WatchError, *NOT_SERVING):
            return

    def _note_page(self, transaction: Any, key: CacheKey) -> None:
        now, index = time.time(), str(key.index)
        transaction.zremrangebyscore(index, 0, now)
        transaction.zadd(index, {str(key): now + self._entry.ttl + LEASE_SECONDS})
        transaction.expire(index, self._entry.ttl)

    def _give_up(self, key: CacheKey, token: bytes) -> None:
        try:
            if self._client.get(str(key.lease)) == token:
                self._client.unlink(str(key.lease))
        except NOT_SERVING:
            return


def _entry(service: Service, entity: str) -> CacheEntry:
    if entity not in service.cache:
        known = ", ".join(service.cache)
        raise ConfigurationError(
            f"{service.name} declares no cache entry '{entity}'; expected one of {known}",
            f"declare it under 'cache' in infra/services/{service.name}.yaml",
        )
    return service.cache[entity]
