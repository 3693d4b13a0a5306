"""Giving a Redis node's writes to another one before it restarts, so that none is lost and they pause for seconds.

Sentinel's own failover promotes a replica while the primary goes on answering. So writes wait first, until every
replica has what was answered; the Sentinel then ends their connections, and they are tried again at the new primary.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from infra.model.declaration import Declaration
from infra.model.errors import ResourceError
from infra.provider.cache_login import CacheLogin, connect
from infra.waiting import await_so

if TYPE_CHECKING:
    from infra.provider.cache_session import Session

_PAUSE_MILLISECONDS = 5000
"""For so long writes wait at most when this process dies: then the former primary goes on, for nobody took over."""
_COPIED_SECONDS = 4.0
_TAKEN_OVER_SECONDS = 30.0
_HINT = "aqdata verify --plane live; docker logs of the Sentinels say more"
_MORE_ATTEMPTS = 3
_WILLING_SECONDS = 90.0
"""A Sentinel whose clock jumped trusts nothing for 30 s."""
_GOOD = ("slave", "ok")
_FOLLOWS_SECONDS = 180.0
_POLL_SECONDS = 0.1
_AGREE = 2


class Watchers(Declaration):
    """The Sentinels of a replicated server: `logins`, what they call the server, and this node."""

    logins: tuple[CacheLogin, ...]
    primary_set: str
    node: str


def hand_over(login: CacheLogin, watchers: Watchers) -> None:
    """Make another node the primary if this one is it. Raises ResourceError where nobody can take over."""
    for last in (*[False] * _MORE_ATTEMPTS, True):
        if agreed_primary(watchers) != watchers.node:
            return
        with connect(login) as session:
            if not _replicas(session):
                raise ResourceError(
                    f"{watchers.node} is the primary and no replica follows it: a restart would stop writes",
                    "start the other nodes: docker ps --all --filter name=redis",
                )
        try:
            _attempt(login, watchers)
        except ResourceError:
            if last:
                raise


def _attempt(login: CacheLogin, watchers: Watchers) -> None:
    """Writes wait only while a Sentinel that is ready for it appoints another one."""
    _await(lambda: _willing(watchers) is not None, _WILLING_SECONDS, f"no Sentinel can replace {watchers.node}")
    try:
        with connect(login) as session:
            session.run("CLIENT PAUSE", _PAUSE_MILLISECONDS, "WRITE")
            _await(lambda: _has_copied(session), _COPIED_SECONDS, f"the replicas of {watchers.node} do not catch up")
        _appoint(login, watchers)
    except ResourceError:
        _try(login, "CLIENT UNPAUSE")
        raise


def await_following(login: CacheLogin, watchers: Watchers) -> None:
    """Until the node leads, or follows whom the Sentinels name; on a first start they name nobody.

    Raises ResourceError.
    """
    if agreed_primary(watchers) is not None:
        _await(lambda: _has_joined(login, watchers), _FOLLOWS_SECONDS, f"{watchers.node} neither leads nor follows")


def agreed_primary(watchers: Watchers) -> str | None:
    """Whom two Sentinels name; None where no two of them agree."""
    votes = Counter(name for login in watchers.logins if (name := _named(login, watchers.primary_set)))
    return next((name for name, count in votes.most_common(1) if count >= _AGREE), None)


def _named(login: CacheLogin, primary_set: str) -> str:
    try:
        with connect(login) as session:
            return str(session.run("SENTINEL GET-MASTER-ADDR-BY-NAME", primary_set)[0])
    except (ResourceError, TypeError):
        return ""


def _willing(watchers: Watchers) -> CacheLogin | None:
    """A Sentinel that trusts its clock and sees a replica that could take over; after a stall one does neither."""
    return next((login for login in watchers.logins if _sees_a_replica(login, watchers.primary_set)), None)


def _sees_a_replica(login: CacheLogin, primary_set: str) -> bool:
    try:
        with connect(login) as session:
            found = [dict(zip(each[::2], each[1::2], strict=True)) for each in _known(session, primary_set)]
            return "sentinel_tilt:0" in session.run("INFO", "sentinel") and _GOOD in map(_of, found)
    except ResourceError:
        return False


def _known(session: Session, primary_set: str) -> list[list[str]]:
    known: list[list[str]] = session.run("SENTINEL REPLICAS", primary_set)
    return known


def _of(replica: dict[str, str]) -> tuple[str, str]:
    return replica["flags"], replica["master-link-status"]


def _appoint(login: CacheLogin, watchers: Watchers) -> None:
    """As long as the Sentinel is about it writes go on waiting: what is answered meanwhile would be lost."""
    sentinel = _willing(watchers)
    refused = _refusal(sentinel, watchers.primary_set) if sentinel else "none is ready"
    if refused or sentinel is None:
        raise ResourceError(f"no Sentinel replaces {watchers.node}: {refused}", _HINT)
    deadline = time.monotonic() + _TAKEN_OVER_SECONDS
    while agreed_primary(watchers) in (watchers.node, None):
        if time.monotonic() > deadline or not _is_about_it(sentinel, watchers.primary_set):
            raise ResourceError(f"no other node became the primary instead of {watchers.node}", _HINT)
        _try(login, "CLIENT PAUSE", _PAUSE_MILLISECONDS, "WRITE")
        time.sleep(_POLL_SECONDS)


def _is_about_it(sentinel: CacheLogin, primary_set: str) -> bool:
    with connect(sentinel) as session:
        return "failover_in_progress" in session.pairs("SENTINEL MASTER", primary_set)["flags"]


def _try(login: CacheLogin, *command: str | int) -> None:
    """The node may be a replica by now, which ends connections."""
    with suppress(ResourceError), connect(login) as session:
        session.run(*command)


def _refusal(login: CacheLogin, primary_set: str) -> str:
    try:
        with connect(login) as session:
            return session.refusal("SENTINEL FAILOVER", primary_set) or ""
    except ResourceError as error:
        return error.message


def _has_joined(login: CacheLogin, watchers: Watchers) -> bool:
    primary = agreed_primary(watchers)
    with connect(login, patience=_FOLLOWS_SECONDS) as session:
        status = _status(session)
    if status["role"] == "master":
        return primary == watchers.node
    return status.get("master_link_status") == "up" and status.get("master_host") == primary


def _has_copied(session: Session) -> bool:
    written = _status(session)["master_repl_offset"]
    return all(f"offset={written}," in replica for replica in _replicas(session))


def _replicas(session: Session) -> list[str]:
    """`ip=...,state=online,offset=...,lag=0` of each that follows now."""
    return [text for name, text in _status(session).items() if name[:5] == "slave" and "state=online" in text]


def _status(session: Session) -> dict[str, str]:
    lines = str(session.run("INFO", "replication")).splitlines()
    return dict(line.split(":", 1) for line in lines if ":" in line)


def _await(is_so: Callable[[], bool], seconds: float, otherwise: str) -> None:
    await_so(is_so, seconds, otherwise, hint=_HINT, every=_POLL_SECONDS)
