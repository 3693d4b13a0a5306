"""Writes checkpoints. A resource that has not changed since the last write is not turned into JSON again."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from infra.engine.embedded import deployment as states
from infra.engine.embedded import record
from infra.engine.embedded.backend import Backend
from infra.engine.embedded.deployment import Deployment
from infra.engine.embedded.resource import Resource
from infra.engine.embedded.snapshot import Snapshot
from infra.engine.embedded.vault import Vault

EMPTY = '"resources":[],'


class Scribe:
    """Saves the snapshots of one stack."""

    def __init__(self, backend: Backend, stack: str, vault: Vault) -> None:
        self._backend = backend
        self._stack = stack
        self._vault = vault
        self._texts: dict[int, tuple[Resource, str]] = {}

    def save(self, snapshot: Snapshot) -> None:
        """Bring the snapshot as it is now to disk."""
        self._backend.write(self._stack, self._checkpoint(snapshot.freeze()).encode())

    def _checkpoint(self, deployment: Deployment) -> str:
        resources = ",".join(self._text(each) for each in deployment.resources)
        latest = _json(states.write(replace(deployment, resources=()), self._vault))
        filled = latest.replace(EMPTY, f'"resources":[{resources}],' if resources else "", 1)
        name = _json(self._backend.qualified_name(self._stack))
        return f'{_json(states.envelope(deployment))[:-1]},"checkpoint":{{"stack":{name},"latest":{filled}}}}}'

    def _text(self, resource: Resource) -> str:
        known = self._texts.get(id(resource))
        if known is None or known[0] is not resource:
            known = self._texts[id(resource)] = resource, _json(record.write(resource, self._vault))
        return known[1]


def _json(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
