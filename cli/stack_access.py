"""A stack as a command names it: its file, its engine, its outputs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from cli.passphrase import passphrase_source
from infra.engine import Engine, Workspace, choose
from infra.engine.loading import load
from infra.engine.workspace import open_workspace
from infra.model.errors import StackNotFound
from infra.model.intent import Intent
from infra.model.loading import ROOT, load_intent, load_stack, stack_file
from infra.model.stack import Stack


def declared_stack(name: str, config_file: Path | None = None) -> Stack:
    """The stack's file, its machines known to whatever works on its containers.

    Raises StackNotFound with the known ones, and ConfigurationError.
    """
    stack = load_stack(name, config_file)
    return load("infra.host.machines:placed")(stack) if stack.hosts else stack


@dataclass(frozen=True)
class StackAccess:
    """One stack; `config_file` and `backend` replace the project's own."""

    name: str
    config_file: Path | None = None
    backend: Path | None = None

    @cached_property
    def declared(self) -> Stack:
        """The stack's file; raises StackNotFound with the known ones, and ConfigurationError."""
        return declared_stack(self.name, self.config_file)

    @cached_property
    def intent(self) -> Intent:
        """Everything declared for the stack."""
        return load_intent(self.name, self.config_file)

    @cached_property
    def workspace(self) -> Workspace:
        """Where the stack's project, state and passphrase are."""
        path = self.config_file or stack_file(self.name)
        workspace = open_workspace(ROOT, self.name, passphrase_source(self.declared.environment))
        return replace(workspace, config_file=path.resolve(), backend=(self.backend or workspace.backend).resolve())

    @cached_property
    def engine(self) -> Engine:
        """What deploys the stack on this host."""
        return choose(self.workspace)

    def made_secrets(self) -> frozenset[str]:
        """What the program made up and encrypted: passwords and ciphers whole, of each private key a line of its own.

        Empty where nothing was deployed.
        """
        resources = self.engine.export(show_secrets=True)["deployment"].get("resources") or ()
        made = (opened(resource["outputs"][_MADE[resource["type"]]]) for resource in resources if _is_made(resource))
        return frozenset(_telling(secret) for secret in made)

    def servers_changed(self) -> int:
        """When a deployment last changed something inside a PostgreSQL server, passwords too; seconds since 1970."""
        resources = self.engine.export(show_secrets=False)["deployment"].get("resources") or ()
        moments = (resource.get("modified") for resource in resources if resource["type"].startswith(_INSIDE))
        return max((int(datetime.fromisoformat(moment).timestamp()) for moment in moments if moment), default=0)

    def outputs(self) -> Mapping[str, Any]:
        """The outputs of the last deployment, secrets opened; raises StackNotFound when there was none."""
        outputs = self.engine.outputs()
        if not outputs:
            raise StackNotFound(f"stack {self.name} is not deployed", f"aqdata up --stack {self.name}")
        return {name: output.value for name, output in outputs.items()}


_INSIDE = ("aqstream:postgres:", "aqstream:sql:")
"""Types of resources that are inside a PostgreSQL server."""
_MADE = {
    "aqstream:secret:Password": "result",
    "aqstream:tls:Authority": "privateKey",
    "aqstream:tls:Certificate": "privateKey",
}
"""Type of resource -> its output that is a secret."""


def _is_made(resource: Mapping[str, Any]) -> bool:
    return _MADE.get(resource["type"]) in resource.get("outputs", {})


def _telling(secret: str) -> str:
    """The second line of a key's PEM body, which is nobody else's and reads the same however it is wrapped."""
    lines = secret.splitlines()
    return lines[2] if secret.startswith("-----BEGIN") else secret


def opened(value: Any) -> Any:
    """A value of an exported state with its secrets in plain."""
    if isinstance(value, Mapping):
        if "plaintext" in value:
            return json.loads(value["plaintext"])
        return {key: opened(item) for key, item in value.items()}
    return value
