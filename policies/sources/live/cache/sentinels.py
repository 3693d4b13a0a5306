"""What each Sentinel of a replicated cache server sees."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from redis.exceptions import ResponseError

from infra.model.cache import PRIMARY_SET
from infra.model.cache_access import VERIFIER
from infra.model.errors import CannotCheck
from infra.model.intent import Intent
from policies.facts.cache import SentinelFacts
from policies.facts.facts import Unread
from policies.sources.live.access import Access
from policies.sources.live.cache.session import Session, opened


def read_sentinels(access: Access, intent: Intent) -> tuple[dict[str, SentinelFacts], tuple[Unread, ...]]:
    """Facts by name, and those that could not be read; none where the stack declares no replica."""
    names = [sentinel.name for sentinel in intent.stack.cache.sentinels]
    with ThreadPoolExecutor(max(1, len(names))) as pool:
        read = list(pool.map(lambda name: _attempt(access, name), names))
    found = {name: facts for name, facts in zip(names, read, strict=True) if isinstance(facts, SentinelFacts)}
    return found, tuple(gap for gap in read if isinstance(gap, Unread))


def _attempt(access: Access, name: str) -> SentinelFacts | Unread:
    try:
        with opened(access, name, VERIFIER) as session:
            return _seen(access, name, session)
    except CannotCheck as error:
        return Unread("cache", name, error.message)


def _seen(access: Access, name: str, session: Session) -> SentinelFacts:
    endpoint = access.endpoint(name)
    primary = session.pairs("SENTINEL", "MASTER", PRIMARY_SET)
    replicas = [_pairs(each) for each in session.run("SENTINEL", "REPLICAS", PRIMARY_SET)]
    return SentinelFacts(
        endpoint=f"{endpoint.host}:{endpoint.port}",
        primary=str(primary["ip"]),
        primary_flags=str(primary["flags"]),
        followers=tuple(sorted(each["ip"] for each in replicas if each["master-link-status"] == "ok")),
        others=int(primary["num-other-sentinels"]),
        problem=_quorum_problem(session),
    )


def _quorum_problem(session: Session) -> str:
    try:
        session.run("SENTINEL", "CKQUORUM", PRIMARY_SET)
    except ResponseError as error:
        return str(error)
    return ""


def _pairs(reply: list[Any]) -> dict[str, str]:
    return dict(zip(reply[::2], reply[1::2], strict=True))
