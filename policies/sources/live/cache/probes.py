"""Every service's login tried against its own keys and against every other service's; what it wrote is removed."""

import secrets
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from redis.exceptions import NoPermissionError

from infra.model.cache import Role
from infra.model.cache_key import CacheKey, item_key, list_key
from infra.model.service import Service
from policies.facts.storage_probe import Outcome, StorageProbe
from policies.sources.live.access import Access
from policies.sources.live.cache.session import Session, opened

_SECONDS = "60"
Commands = Sequence[tuple[str, Sequence[str]]]


def probe(access: Access, server: str, role: Role, services: Iterable[Service]) -> list[StorageProbe]:
    """All attempts of all services with a login on the server. Raises CannotCheck where one cannot log in."""
    keys = {service.name: _canaries(service, role) for service in services}
    probes: list[StorageProbe] = []
    for login in (name for name in keys if keys[name]):
        with opened(access, server, login) as session:
            try:
                for owner, canaries in keys.items():
                    probes += _attempts(session, login, owner, canaries)
            finally:
                session.replies([("DEL", str(key)) for key in keys[login]] + [("PING",)])
    return probes


def _canaries(service: Service, role: Role) -> list[CacheKey]:
    mark = f"aqdata-verify-{secrets.token_hex(8)}"
    return [
        list_key(service.short, name, {"probe": mark}) if entry.list else item_key(service.short, name, mark)
        for name, entry in sorted(service.cache.items())
        if entry.role == role
    ]


def _attempts(session: Session, login: str, owner: str, keys: list[CacheKey]) -> Iterator[StorageProbe]:
    for key in keys:
        commands = _commands(str(key), f"aqstream:{key.service}:aqdata-verify")
        answers = session.answers([command for _, command in commands])
        for (operation, command), answer in zip(commands, answers, strict=True):
            outcome, message = _outcome(answer)
            yield StorageProbe(login, operation, command[1], owner, login == owner, outcome, message)


def _commands(key: str, channel: str) -> Commands:
    """Set first and delete last; what a broken ACL lets through goes again, or expires."""
    return (
        ("set", ("SET", key, "1", "EX", _SECONDS)),
        ("get", ("GET", key)),
        ("expire", ("EXPIRE", key, _SECONDS)),
        ("publish", ("PUBLISH", channel, "aqdata-verify")),
        ("delete", ("DEL", key)),
    )


def _outcome(answer: Any) -> tuple[Outcome, str]:
    if isinstance(answer, NoPermissionError):
        return "refused", str(answer)
    if isinstance(answer, Exception):
        return "error", str(answer)
    return "done", ""
