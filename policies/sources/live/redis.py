"""The live cache servers as facts."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from hashlib import sha256
from typing import Any

from infra.model.cache import CacheNode
from infra.model.cache_access import VERIFIER, accesses
from infra.model.errors import CannotCheck
from infra.model.intent import Intent
from policies.facts.cache import CacheFacts, CacheUser
from policies.facts.facts import Unread
from policies.sources.live.access import Access
from policies.sources.live.cache.census import take_census
from policies.sources.live.cache.commands import allowed_commands, command_arities
from policies.sources.live.cache.probes import probe
from policies.sources.live.cache.session import Session, opened
from policies.sources.live.cache.strangers import accepts_anonymous, accepts_plaintext, accepts_wrong_password


def read_caches(
    access: Access, intent: Intent, *, writes: bool = True
) -> tuple[dict[str, CacheFacts], tuple[Unread, ...]]:
    """Facts by server name, and what could not be read. Without `writes` no probe is made."""
    nodes = intent.stack.cache.every_node
    with ThreadPoolExecutor(len(nodes)) as pool:
        read = list(pool.map(lambda node: _attempt(access, intent, node, writes=writes), nodes))
    found = {node.name: facts for node, facts in zip(nodes, read, strict=True) if isinstance(facts, CacheFacts)}
    return found, tuple(gap for gap in read if isinstance(gap, Unread))


def _attempt(access: Access, intent: Intent, node: CacheNode, *, writes: bool) -> CacheFacts | Unread:
    try:
        return read_cache(access, intent, node, writes=writes)
    except CannotCheck as error:
        return Unread("cache", node.name, error.message)


def read_cache(access: Access, intent: Intent, node: CacheNode, *, writes: bool = True) -> CacheFacts:
    """Facts of one server; only one that takes writes is probed. Raises CannotCheck."""
    name, endpoint = node.name, access.endpoint(node.name)
    services = list(intent.services.values())
    known = CacheFacts(
        endpoint=f"{endpoint.host}:{endpoint.port}",
        accepts_plaintext=accepts_plaintext(access, name),
        accepts_anonymous=accepts_anonymous(access, name),
        accepts_wrong_password=accepts_wrong_password(access, name, accesses(services, node.role)[-1].login),
    )
    with opened(access, name, VERIFIER) as session:
        seen = _administered(session, known, sorted(intent.stack.cache.settings_of(node)))
    if not writes:
        return replace(seen, probes=None)
    return replace(seen, probes=tuple(probe(access, name, node.role, services)) if seen.is_primary else ())


def _administered(session: Session, known: CacheFacts, settings: list[str]) -> CacheFacts:
    status = _info(str(session.run("INFO")))
    return replace(
        known,
        version=status.get("redis_version", ""),
        users=_users(session),
        rules=_rules(session),
        settings=session.pairs("CONFIG", "GET", *settings),
        status=status,
        census=take_census(session),
    )


def _rules(session: Session) -> dict[str, str]:
    lines = (str(line).split(" ", 2) for line in session.run("ACL", "LIST"))
    return {name: sha256(rules.encode()).hexdigest()[:12] for _, name, rules in lines}


def _users(session: Session) -> tuple[CacheUser, ...]:
    arities = command_arities(session)
    dry_run: dict[str, frozenset[str]] = {}
    return tuple(_user(session, name, arities, dry_run) for name in session.run("ACL", "USERS"))


def _user(session: Session, name: str, arities: dict[str, int], dry_run: dict[str, frozenset[str]]) -> CacheUser:
    """`dry_run` keeps results by rules, for users with the same rules may run the same commands."""
    found = session.pairs("ACL", "GETUSER", name)
    rules = f"{found['commands']} {found['selectors']}"
    if rules not in dry_run:
        dry_run[rules] = allowed_commands(session, name, arities)
    return CacheUser(
        name=name,
        is_enabled="on" in found["flags"],
        passwords=len(found["passwords"]),
        needs_password="nopass" not in found["flags"],
        keys=tuple(found["keys"].split()),
        channels=tuple(found["channels"].split()),
        selectors=tuple(" ".join(map(str, _flat(selector))) for selector in found["selectors"]),
        allowed=dry_run[rules],
    )


def _flat(value: Any) -> list[Any]:
    return [part for item in value for part in _flat(item)] if isinstance(value, list) else [value]


def _info(text: str) -> dict[str, str]:
    lines = (line.partition(":") for line in text.splitlines() if not line.startswith("#"))
    return {name: value for name, _, value in lines}
