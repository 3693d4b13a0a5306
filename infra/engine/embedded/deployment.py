"""The content of a state: the resources of a stack in dependency order, and what was interrupted."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from infra.engine.embedded import record
from infra.engine.embedded.refusal import Unsupported
from infra.engine.embedded.resource import Resource
from infra.engine.embedded.vault import Vault
from infra.model.errors import AqdataError

VERSION = 3
NEWEST_VERSION = 4
CLI_VERSION = "v3.260.0"
"""The Pulumi CLI whose state format this is; the manifest names it."""

REFUSED_FEATURES = frozenset({"views", "hooks", "replaceWith", "snippets", "extensionParameterization", "byteString"})


class OperationType(StrEnum):
    """What was under way when an update was interrupted."""

    CREATING = "creating"
    UPDATING = "updating"
    DELETING = "deleting"
    READING = "reading"
    IMPORTING = "importing"


class MalformedState(AqdataError):
    """A state's records are not of Pulumi's form; the message goes on after the name of where they are."""


@dataclass(frozen=True, slots=True, eq=False)
class Operation:
    """A step that began and whose end was not recorded."""

    resource: Resource
    type: OperationType


@dataclass(frozen=True, slots=True)
class Deployment:
    """A state; `extra` keeps members the engine does not use."""

    resources: tuple[Resource, ...] = ()
    operations: tuple[Operation, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def stack_resource(self) -> Resource | None:
        """The root resource, which holds the stack's outputs."""
        return next((each for each in self.resources if each.is_stack and not each.parent), None)


def check_version(document: Mapping[str, Any]) -> None:
    """Raise where a checkpoint or an export is of a version that cannot be read."""
    version = document.get("version")
    if version not in (VERSION, NEWEST_VERSION):
        raise AqdataError(
            f"the state is of version {version}, expected {VERSION} or {NEWEST_VERSION}. Nothing was changed",
            "use the Pulumi CLI that wrote it, or a newer aqdata",
        )
    refused = REFUSED_FEATURES & set(document.get("features") or ())
    if refused:
        raise Unsupported(f"states with the features {', '.join(sorted(refused))}")


def salt_of(members: Mapping[str, Any]) -> str:
    """The salt in a deployment's `secrets_providers`; empty when it has none. Raises Unsupported for other kinds."""
    provider = members.get("secrets_providers") or {}
    if provider.get("type") not in (None, "", "passphrase"):
        raise Unsupported(f"the secrets provider {provider['type']}")
    return str((provider.get("state") or {}).get("salt", ""))


def read(members: Mapping[str, Any], vault: Vault) -> Deployment:
    """The state in the JSON object of a checkpoint's `latest` or an export's `deployment`. Raises MalformedState."""
    try:
        return _read(members, vault)
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        raise MalformedState(
            f"is JSON, and no state of Pulumi's: {type(error).__name__}: {error}",
            "give what `aqdata stack export` printed",
        ) from error


def _read(members: Mapping[str, Any], vault: Vault) -> Deployment:
    return Deployment(
        resources=tuple(record.read(each, vault) for each in members.get("resources") or ()),
        operations=tuple(
            Operation(record.read(each["resource"], vault), OperationType(each["type"]))
            for each in members.get("pending_operations") or ()
        ),
        extra={key: item for key, item in members.items() if key not in _KNOWN},
    )


_KNOWN = {"manifest", "secrets_providers", "resources", "pending_operations", "metadata"}


def write(deployment: Deployment, vault: Vault, *, show_secrets: bool = False) -> dict[str, Any]:
    """The JSON object of a state."""
    shown = None if show_secrets else vault
    members: dict[str, Any] = {
        "manifest": manifest(),
        "secrets_providers": {"type": "passphrase", "state": {"salt": vault.salt}},
        "resources": [record.write(each, shown) for each in deployment.resources],
    }
    if deployment.operations:
        members["pending_operations"] = _operations(deployment.operations, shown)
    return {**members, "metadata": {}, **deployment.extra}


def _operations(operations: Sequence[Operation], vault: Vault | None) -> list[dict[str, Any]]:
    return [{"resource": record.write(each.resource, vault), "type": str(each.type)} for each in operations]


def manifest() -> dict[str, str]:
    """When and by which version the state was written, with the checksum the CLI insists on."""
    return {
        "time": now(),
        "magic": hashlib.sha256(CLI_VERSION.encode()).hexdigest(),
        "version": CLI_VERSION,
    }


def now() -> str:
    """The time, as states hold it."""
    return datetime.now(UTC).isoformat().replace("+00:00", "Z")


def features(deployment: Deployment) -> list[str]:
    """Names of the format's newer features that the state uses; any raises its version to 4."""
    uses = {
        "taint": any(each.taint for each in deployment.resources),
        "refreshBeforeUpdate": any(each.extra.get("refreshBeforeUpdate") for each in deployment.resources),
    }
    return sorted(name for name, used in uses.items() if used)


def envelope(deployment: Deployment) -> dict[str, Any]:
    """The version, and the features if any, that go before a checkpoint or an export."""
    used = features(deployment)
    return {"version": NEWEST_VERSION, "features": used} if used else {"version": VERSION}
