"""A stack's configuration as the program sees it under the Pulumi CLI: strings, with objects as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from infra.engine.embedded.vault import Crypter
from infra.engine.interface import Workspace
from infra.engine.values import MASK, Secret, Value
from infra.engine.workspace import read_project
from infra.model.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class StackFile:
    """What the stack's file says: its configuration as written, and its salt."""

    config: Mapping[str, Any]
    salt: str


@dataclass(frozen=True, slots=True)
class Config:
    """Keys `namespace:name` with their values, decrypted, and which of them are secret."""

    values: Mapping[str, str]
    secret_keys: frozenset[str]

    @property
    def shown(self) -> dict[str, str]:
        """The configuration with masked secrets."""
        return {key: MASK if key in self.secret_keys else item for key, item in self.values.items()}

    @property
    def properties(self) -> dict[str, Value]:
        return {key: Secret(item) if key in self.secret_keys else item for key, item in self.values.items()}


def read_stack_file(path: Path) -> StackFile:
    """The stack's file; an absent one says nothing. Raises ConfigurationError when it is no valid YAML."""
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except FileNotFoundError:
        content = {}
    except yaml.YAMLError as error:
        raise ConfigurationError(f"{path} is not valid YAML: {error}", "mend the file") from None
    if not isinstance(content, dict) or not isinstance(content.get("config") or {}, dict):
        raise ConfigurationError(f"{path} is no stack file, expected a mapping with `config:`", "mend the file")
    if content.get("secretsprovider") or content.get("encryptedkey"):
        raise ConfigurationError(
            f"{path} names a secrets provider, and the embedded engine knows the passphrase only",
            "deploy this stack with the Pulumi CLI",
        )
    return StackFile(content.get("config") or {}, content.get("encryptionsalt") or "")


def resolve(workspace: Workspace, stack_file: StackFile, crypter: Crypter) -> Config:
    """The configuration: the stack file's values over the project's, with secrets decrypted."""
    declared = _declared(workspace)
    values: dict[str, str] = {}
    secret_keys: set[str] = set()
    for key, item in {**declared, **qualified(workspace, stack_file.config)}.items():
        is_secret, plain = _decrypted(item, crypter)
        values[key] = _text(plain)
        if is_secret:
            secret_keys.add(key)
    return Config(values, frozenset(secret_keys))


def _declared(workspace: Workspace) -> dict[str, Any]:
    """Values and defaults that the project file declares."""
    config = read_project(workspace.root).get("config") or {} if (workspace.root / "Pulumi.yaml").exists() else {}
    found: dict[str, Any] = {}
    for key, item in qualified(workspace, config).items():
        typed = isinstance(item, dict) and bool({"type", "default", "value", "description"} & item.keys())
        value = item.get("value", item.get("default")) if typed else item
        if value is not None:
            found[key] = value
    return found


def qualified(workspace: Workspace, config: Mapping[str, Any]) -> dict[str, Any]:
    """`config` with the project's name before keys that have no namespace."""
    return {key if ":" in key else f"{workspace.project}:{key}": item for key, item in config.items()}


def _decrypted(item: Any, crypter: Crypter) -> tuple[bool, Any]:
    """Whether a value is secret, or holds one, and the value in plain text."""
    if isinstance(item, dict) and item.keys() == {"secure"}:
        return True, crypter.decrypt(item["secure"])
    if isinstance(item, dict):
        pairs = {key: _decrypted(each, crypter) for key, each in item.items()}
        return any(hidden for hidden, _ in pairs.values()), {key: plain for key, (_, plain) in pairs.items()}
    if isinstance(item, list):
        entries = [_decrypted(each, crypter) for each in item]
        return any(hidden for hidden, _ in entries), [plain for _, plain in entries]
    return False, item


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict | list):
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    return "" if value is None else str(value)
