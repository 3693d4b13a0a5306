"""What is read of a node's own answers."""

import json
from pathlib import Path
from typing import Any

import pytest

from infra.model.intent import Intent
from infra.model.loading import load_intent
from policies.sources.live import replication
from policies.sources.live.access import Access

SERVER = {"is_writable": False, "position": 7, "settings": {"max_connections": "200"}}


@pytest.fixture
def intent() -> Intent:
    """The stack in which one instance has replicas."""
    found = load_intent("prod")
    only = {"postgres-user": found.stack.instances["postgres-user"]}
    return found.model_copy(update={"stack": found.stack.model_copy(update={"instances": only})})


def read(monkeypatch: pytest.MonkeyPatch, intent: Intent, patroni: dict[str, Any]) -> set[tuple[str, ...]]:
    said = "\n".join((json.dumps(SERVER), "9000000000", "200", json.dumps(patroni)))
    monkeypatch.setattr(replication, "Commands", lambda *_: lambda *_, **__: said)
    monkeypatch.setattr(replication, "_takes_writes", lambda *_: False)
    found, _ = replication.read_replication(intent, Access({}, Path("ca.pem")))
    return {node.pending_restart for node in found["postgres-user"].nodes}


def test_a_node_says_what_waits_for_its_restart(monkeypatch: pytest.MonkeyPatch, intent: Intent) -> None:
    reason = {"max_connections": {"old_value": "200", "new_value": "150"}}
    waiting = {"state": "running", "pending_restart": True, "pending_restart_reason": reason}
    assert read(monkeypatch, intent, waiting) == {("max_connections",)}
    assert read(monkeypatch, intent, {"state": "running"}) == {()}
