"""Giving a Redis node's writes to another one before it restarts, so that none is lost and they pause for seconds.

Sentinel's own failover promotes a replica while the primary goes on answering. So writes wait first, until every
replica has what was answered; the Sentinel then ends their connections, and they are tried again at the new primary.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING

from infra.model.declaration import Declaration
from infra.model.errors import ResourceError
from infra.provider.cache_login import CacheLogin, connect

if TYPE_CHECKING:
    from infra.provider.cache_session import Session

_PAUSE_SECONDS = 9.0
"""For so long writes wait at most: then the former primary goes on, for nobody took over."""
_COPIED_SECONDS = 4.0
_TAKEN_OVER_SECONDS = 30.0
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
    if agreed_primary(watchers) != watchers.node:
        return
    with connect(login) as session:
        if not _replicas(session):
            raise ResourceError(
                f"{watchers.node} is the primary and no replica follows it: a restart would stop writes",
                "start the other nodes: docker ps --all --filter name=redis",
            )
        session.run("CLIENT PAUSE", int(_PAUSE_SECONDS * 1000), "WRITE")
        try:
            _await(lambda: _has_copied(session), _COPIED_SECONDS, f"the replicas of {watchers.node} do not catch up")
            _appoint(watchers)
        except ResourceError:
            session.run("CLIENT UNPAUSE")
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


def _appoint(watchers: Watchers) -> None:
    """By the first Sentinel that agrees to; one refuses while another failover is under way."""
    refusals: list[str] = []
    for login in watchers.logins:
        refusals.append(_refusal(login, watchers.primary_set))
        if not refusals[-1]:
            break
    else:
        raise ResourceError(
            f"no Sentinel replaces {watchers.node}: {'; '.join(refusals)}", "aqdata verify --plane live"
        )
    _await(
        lambda: agreed_primary(watchers) not in (watchers.node, None),
        _TAKEN_OVER_SECONDS,
        f"no other node became the primary instead of {watchers.node}",
    )


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
    deadline = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > deadline:
            raise ResourceError(
                f"{otherwise} within {seconds:.0f} s", "aqdata verify --plane live; docker logs say more"
            )
        time.sleep(_POLL_SECONDS)
