"""A drill of the durable Redis server: what is on its disk a second after a write starts again, with that write.

What a killed server would find on its disk is copied while it runs, so the drill itself interrupts nobody.
"""

import secrets
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from infra.backup.container import execute
from infra.backup.drill.cache_copy import answer, copied
from infra.backup.drill.outcome import now, reported
from infra.backup.drill.report import DrillReport, Judgement
from infra.backup.restore.copy import OnProgress
from infra.model.cache import container_name
from infra.model.cache_key import item_key
from infra.model.errors import ResourceError
from infra.model.recovery.data_folder import ASK, identity
from infra.model.service import Service
from infra.model.stack import Stack
from infra.provider.cache_login import CacheLogin, connect

FLUSH_SECONDS = 1.0
"""`appendfsync everysec`: what is older than this is on the disk."""
_MARKER_SECONDS = 600
_KEPT_SECONDS = FLUSH_SECONDS + 0.5


@dataclass(frozen=True)
class Node:
    """One of the durable server's nodes, and how to log in there."""

    name: str
    login: CacheLogin


class CacheDrill:
    """One drill; `login` is of a service that keeps `entity` on the durable server."""

    def __init__(self, stack: Stack, login: CacheLogin, service: Service, on_progress: OnProgress) -> None:
        self._stack, self._login, self._on_progress = stack, login, on_progress
        entity = next(name for name, entry in service.cache.items() if not entry.evictable)
        self._marker = str(item_key(service.short, entity, f"drill-{secrets.token_hex(8)}"))
        self._report = DrillReport(stack.name, container_name("durable"), now())

    def run(self) -> DrillReport:
        """The report."""
        return reported(self._report, self._run)

    def _run(self) -> None:
        primary = write_marker(self._nodes(), self._marker)
        try:
            time.sleep(_KEPT_SECONDS)
            server = self._stack.physical(primary.name)
            self._report.cluster = identity(execute(server, ASK).output)
            clock = time.monotonic()
            with copied(server, self._on_progress) as copy:
                self._report.seconds["restore"] = time.monotonic() - clock
                self._report.judgements += [self._marker_judgement(copy), _keys_judgement(copy)]
        finally:
            with connect(primary.login) as session:
                session.run("DEL", self._marker)
        self._report.target, self._report.recovery_point = f"{_KEPT_SECONDS} s after a write", FLUSH_SECONDS

    def _nodes(self) -> Iterable[Node]:
        for node in self._stack.cache.nodes("durable"):
            reached = {"host": self._stack.address_of(node.name), "port": node.port}
            yield Node(node.name, self._login.model_copy(update=reached))

    def _marker_judgement(self, copy: str) -> Judgement:
        there = answer(copy, "EXISTS", self._marker) == "1"
        detail = f"a write is {'there' if there else 'LOST'} {_KEPT_SECONDS} s after it was made"
        return Judgement("marker", there, detail)


def write_marker(nodes: Iterable[Node], marker: str) -> Node:
    """The one that took it; one that is down or only copies does not. Raises ResourceError where none does."""
    refusals = []
    for node in nodes:
        refusal = _refusal(node.login, marker)
        if refusal is None:
            return node
        refusals.append(f"{node.name}: {refusal}")
    raise ResourceError(f"no node of the durable Redis server takes writes: {'; '.join(refusals)}", "aqdata status")


def _refusal(login: CacheLogin, marker: str) -> str | None:
    try:
        with connect(login) as session:
            return session.refusal("SET", marker, "drill", "EX", _MARKER_SECONDS)
    except ResourceError as error:
        return error.message


def _keys_judgement(copy: str) -> Judgement:
    keys = answer(copy, "DBSIZE")
    return Judgement("keys", keys.isdigit() and int(keys) > 0, f"{keys} keys were loaded")


def cache_login(outputs: Any, stack: Stack, service: Service) -> CacheLogin:
    """The service's login, from the stack's outputs."""
    found = outputs["credentials"][service.name]["redis"]
    return CacheLogin(
        host=stack.address_of(container_name("durable")),
        port=stack.cache.durable.port,
        username=found["username"],
        password=found["password"],
        authority=outputs["authority"],
    )
