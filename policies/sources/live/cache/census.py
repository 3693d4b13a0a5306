"""Count a server's keys by pattern and lifetime with SCAN, a batch at a time, giving way to its clients."""

import re
import time
from collections import Counter
from dataclasses import dataclass, field
from math import ceil
from typing import Any

from infra.model.cache_key import parse_key
from policies.facts.cache import KeyCensus, KeyGroup
from policies.sources.live.cache.session import Session

BATCH = 50
PAUSE = 0.0002
"""Seconds that the server and its processor are left to its clients between batches."""
MOST_KEYS = 2_000_000
_MOST_PATTERNS = 200
_OTHERS = "(other patterns)"
_PLAIN_ID = re.compile(r"[A-Za-z0-9._~@-]{1,200}", re.ASCII)
_WORD = re.compile(r"[A-Za-z][A-Za-z_-]{0,30}", re.ASCII)
_WORDS_OF_THE_FORM = frozenset({"index", "lease", "list"})


@dataclass
class _Group:
    count: int = 0
    without_expiry: int = 0
    lifetimes: Counter[int] = field(default_factory=Counter)


class Patterns:
    """Key name -> pattern; remembers the beginnings of well-formed names, for most names share one."""

    def __init__(self) -> None:
        self._by_head: dict[str, str] = {}

    def of(self, name: str) -> str:
        """`aqstream:event:event:{id}` for a well-formed name, else its shape with variable parts as `*`."""
        head, _, tail = name.rpartition(":")
        known = self._by_head.get(head)
        if known is not None and tail not in _WORDS_OF_THE_FORM and _PLAIN_ID.fullmatch(tail):
            return known
        key = parse_key(name)
        if key is None:
            return shape(name)
        if key.kind in ("item", "list"):
            self._by_head[head] = key.pattern
        return key.pattern


def shape(name: str) -> str:
    """A name outside the contract with what looks variable as `*`, short enough to be listed."""
    parts = name.split(":")
    shown = [part if _WORD.fullmatch(part) else "*" for part in parts[:6]]
    return ":".join(shown + (["..."] if len(parts) > 6 else []))


def take_census(session: Session, *, most: int = MOST_KEYS, pause: float = PAUSE) -> KeyCensus:
    """Look at up to `most` keys, waiting `pause` seconds between batches."""
    total, seen = int(session.run("DBSIZE")), 0
    patterns, groups = Patterns(), dict[str, _Group]()
    cursor, names = _scan(session.run(*_next("0")))
    while True:
        answers = session.replies([*(("PTTL", name) for name in names), _next(cursor)])
        for name, milliseconds in zip(names, answers, strict=False):
            _count(groups, patterns.of(name), milliseconds)
        seen += len(names)
        if cursor == "0" or seen >= most:
            return KeyCensus(total, seen, tuple(_group(pattern, groups[pattern]) for pattern in sorted(groups)))
        cursor, names = _scan(answers[-1])
        time.sleep(pause)


def _next(cursor: str) -> tuple[str, ...]:
    return ("SCAN", cursor, "COUNT", str(BATCH))


def _scan(reply: Any) -> tuple[str, list[str]]:
    return str(reply[0]), reply[1]


def _count(groups: dict[str, _Group], pattern: str, milliseconds: int) -> None:
    if milliseconds == -2:  # it expired after SCAN had named it
        return
    if pattern not in groups and len(groups) >= _MOST_PATTERNS:
        pattern = _OTHERS
    group = groups.setdefault(pattern, _Group())
    group.count += 1
    if milliseconds == -1:
        group.without_expiry += 1
    else:
        group.lifetimes[ceil(milliseconds / 1000)] += 1


def _group(pattern: str, group: _Group) -> KeyGroup:
    return KeyGroup(pattern, group.count, group.without_expiry, dict(group.lifetimes))
