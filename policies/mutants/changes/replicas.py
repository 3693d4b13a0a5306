"""Changes to a replica, and to what the nodes of its cluster have agreed on."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar

import psycopg

from infra.model.errors import CannotCheck
from policies.mutants.changes.changes import Changes, Verb
from policies.mutants.changes.postgres import PostgresChanges

_REQUEST = "aqstream-patroni-request"
_WITHIN = 60
_WRITE = "SELECT pg_logical_emit_message(false, 'mutant', repeat('x', 1 << 20)) FROM generate_series(1, %s)"


@dataclass
class _Replica(PostgresChanges):
    """The superuser's session of a replica."""

    on_replica: ClassVar[bool] = True


@dataclass
class ReplicaChanges(Changes):
    """`sql STATEMENT`, `until QUERY` on a replica, `agree JSON` on the cluster's settings, `maintenance on` or `off`.

    `write MEBIBYTES` of WAL on the primary, which change nothing.

    Patroni takes back within a second a paused replay, or a setting of recovery that was made on one node (`follow` in
    its `ha.py`): what lasts was agreed on, or is done in maintenance.
    """

    replica: _Replica = field(init=False)
    primary: PostgresChanges = field(init=False)

    def __post_init__(self) -> None:
        self.replica, self.primary = _Replica(self.ground), PostgresChanges(self.ground)

    def close(self) -> None:
        """End the superuser's sessions."""
        self.replica.close()
        self.primary.close()

    def verbs(self, where: str) -> dict[str, Verb]:
        """What can be done to an instance's cluster."""
        return {
            "sql": lambda statement: self.replica.step(where, statement),
            "until": lambda query: _wait(lambda: self._holds(where, query), f"{where}: {query}"),
            "write": lambda mebibytes: self.primary.session(where).execute(_WRITE, [int(mebibytes)]),
            "agree": lambda settings: self._request(where, "PATCH", "/config", settings),
            "maintenance": lambda word: self._maintenance(where, is_on=word == "on"),
        }

    def _maintenance(self, where: str, *, is_on: bool) -> None:
        self._request(where, "PATCH", "/config", json.dumps({"pause": is_on or None}))
        _wait(lambda: self._all_say(where, is_on), f"{where}: maintenance {'on' if is_on else 'off'} on every node")

    def _all_say(self, where: str, is_on: bool) -> bool:
        answers = (json.loads(self._ask(node, "GET", "/patroni")) for node in self._nodes(where))
        return all(bool(answer.get("pause")) == is_on for answer in answers)

    def _request(self, where: str, *words: str) -> None:
        self._ask(self._nodes(where)[0], *words)

    def _ask(self, node: str, *words: str) -> str:
        """The body of a node's answer. Raises CannotCheck where it refuses."""
        status, _, body = self.ground.run(node, _REQUEST, *words, user="postgres").partition("\n")
        if status != "200":
            raise CannotCheck(f"{node}: {' '.join(words[:2])} is answered with {status}", "docker logs says why")
        return body

    def _nodes(self, where: str) -> tuple[str, ...]:
        return tuple(self.ground.intent.stack.instances[where].nodes(where))

    def _holds(self, where: str, query: str) -> bool:
        """Whether the replica answers with true; while it starts it does not answer."""
        try:
            return self.replica.session(where).execute(query.encode()).fetchall() == [(True,)]
        except (CannotCheck, psycopg.Error):
            return False


def _wait(holds: Callable[[], Any], what: str) -> None:
    deadline = time.monotonic() + _WITHIN
    while not holds():
        if time.monotonic() > deadline:
            raise CannotCheck(f"{what}: not within {_WITHIN} s", "aqdata status")
        time.sleep(0.2)
