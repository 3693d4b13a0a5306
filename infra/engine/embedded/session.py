"""One stack, opened: its configuration, its secrets and its state."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

from infra.engine.embedded import deployment as states
from infra.engine.embedded.backend import Backend
from infra.engine.embedded.config import Config, StackFile, qualified, read_stack_file, resolve
from infra.engine.embedded.deployment import Deployment, MalformedState
from infra.engine.embedded.passphrase import Crypter, from_environment
from infra.engine.embedded.scribe import Scribe
from infra.engine.embedded.vault import Vault
from infra.engine.interface import Workspace
from infra.model.errors import StackNotFound


@dataclass(frozen=True)
class Session:
    """A stack's files as they were when it was opened. Keys are derived from the passphrase meanwhile."""

    workspace: Workspace
    backend: Backend
    stack_file: StackFile
    members: dict[str, Any]
    crypter: Crypter
    state_crypter: Crypter
    phrase: Callable[[], str]

    @cached_property
    def config(self) -> Config:
        return resolve(self.workspace, self.stack_file, self.crypter)

    @cached_property
    def deployment(self) -> Deployment:
        """The state; its secrets are decrypted."""
        try:
            return states.read(self.members, self._reading)
        except MalformedState as error:
            raise self.backend.broken(self.workspace.stack, error.message) from error

    @cached_property
    def scribe(self) -> Scribe:
        return Scribe(self.backend, self.workspace.stack, self.vault)

    @property
    def vault(self) -> Vault:
        """Encrypts what is written: with the stack file's salt, if it has one, else with the state's."""
        return self._reading if self.crypter is self.state_crypter else self._writing

    @property
    def raw_config(self) -> dict[str, Any]:
        """The configuration as written, with secrets encrypted."""
        return qualified(self.workspace, self.stack_file.config)

    def vault_for(self, members: dict[str, Any]) -> Vault:
        """Decrypts another state: one that is about to be imported."""
        salt = states.salt_of(members)
        return Vault(Crypter(self.phrase, salt) if salt else self.crypter)

    @cached_property
    def _reading(self) -> Vault:
        return Vault(self.state_crypter)

    @cached_property
    def _writing(self) -> Vault:
        return Vault(self.crypter)


def begin_unlocking(workspace: Workspace) -> None:
    """Begin to derive the key of a stack that exists, for whoever opens it next; it takes as long as the imports do."""
    with suppress(StackNotFound):
        open_session(workspace, must_exist=True)


def open_session(workspace: Workspace, *, must_exist: bool) -> Session:
    """Open the stack; a new one is empty unless it `must_exist`. Raises StackNotFound."""
    backend = Backend(workspace.backend, workspace.project)
    stack_file = read_stack_file(workspace.config_file)
    members = members_of(backend, workspace.stack, must_exist=must_exist)
    phrase = cache(workspace.passphrase or from_environment)
    kept = states.salt_of(members)
    crypter = Crypter(phrase, stack_file.salt or kept)
    differs = bool(kept and stack_file.salt and kept != stack_file.salt)
    state_crypter = Crypter(phrase, kept) if differs else crypter
    return Session(workspace, backend, stack_file, members, crypter, state_crypter, phrase)


def members_of(backend: Backend, stack: str, *, must_exist: bool) -> dict[str, Any]:
    """What the last checkpoint says, as written; raises StackNotFound, BrokenState and Unsupported."""
    try:
        document = backend.read(stack)
    except StackNotFound:
        if must_exist:
            raise
        return {}
    states.check_version(document)
    checkpoint = document.get("checkpoint")
    latest = checkpoint.get("latest") if isinstance(checkpoint, dict) else checkpoint
    if not isinstance(checkpoint, dict) or not isinstance(latest, dict | None):
        raise backend.broken(stack, "has no checkpoint")
    return latest or {}
