"""Reads what the SDK asks the resource monitor for."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlparse

from infra.engine.embedded import wire
from infra.engine.embedded.goal import Alias, Goal
from infra.engine.embedded.refusal import Unsupported
from infra.engine.embedded.resource import Timeouts
from infra.model.errors import ConfigurationError

REFUSED = {
    "remote": "remote components",
    "importId": "the option import_",
    "replace_with": "the option replace_with",
    "transforms": "transforms",
    "state_migrations": "state migrations",
    "packageRef": "parameterized packages",
    "envVarMappings": "the option env_var_mappings",
    "hideDiffs": "the option hide_diffs",
}
HOOKS = (
    "before_create",
    "after_create",
    "before_update",
    "after_update",
    "before_delete",
    "after_delete",
    "on_error",
)
UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}
DURATION = re.compile(r"(\d+(?:\.\d+)?)(h|ms|us|µs|ns|m|s)")


def refuse_unsupported(request: Any) -> None:
    """Raise Unsupported for an option that only the Pulumi CLI knows."""
    who = f", which {request.type} {request.name!r} uses"
    for name, feature in REFUSED.items():
        if getattr(request, name):
            raise Unsupported(feature + who)
    if request.HasField("replacement_trigger") and request.replacement_trigger.WhichOneof("kind") != "null_value":
        raise Unsupported("the option replacement_trigger" + who)
    if any(getattr(request.hooks, hook) for hook in HOOKS):
        raise Unsupported("resource hooks" + who)


def read_goal(request: Any, provider: str, root: Path) -> Goal:
    """The goal in a RegisterResourceRequest whose provider has been found out."""
    inputs = wire.read_struct(request.object)
    dependencies = tuple(sorted(set(request.dependencies)))
    return Goal(
        type=request.type,
        name=request.name,
        custom=request.custom,
        inputs=inputs,
        parent=request.parent,
        provider=provider,
        protect=request.protect,
        retain_on_delete=request.retainOnDelete,
        deleted_with=request.deletedWith,
        delete_before_replace=_delete_before_replace(request),
        dependencies=dependencies,
        property_dependencies=_property_dependencies(request, inputs, dependencies),
        ignore_changes=tuple(request.ignoreChanges),
        replace_on_changes=tuple(request.replaceOnChanges),
        additional_secret_outputs=tuple(request.additionalSecretOutputs),
        aliases=tuple(_aliases(request)),
        timeouts=_timeouts(request.customTimeouts),
        source_position=position(request.sourcePosition, root),
    )


def read_read_goal(request: Any, provider: str, root: Path) -> Goal:
    """The goal in a ReadResourceRequest whose provider has been found out."""
    return Goal(
        type=request.type,
        name=request.name,
        custom=True,
        inputs=wire.read_struct(request.properties),
        parent=request.parent,
        provider=provider,
        dependencies=tuple(sorted(set(request.dependencies))),
        additional_secret_outputs=tuple(request.additionalSecretOutputs),
        source_position=position(request.sourcePosition, root),
    )


def _delete_before_replace(request: Any) -> bool | None:
    if request.deleteBeforeReplaceDefined or request.deleteBeforeReplace:
        return bool(request.deleteBeforeReplace)
    return None


def _property_dependencies(
    request: Any, inputs: Iterable[str], dependencies: tuple[str, ...]
) -> dict[str, tuple[str, ...]]:
    if not request.propertyDependencies:
        return dict.fromkeys(inputs, dependencies)
    found = {key: tuple(sorted(set(each.urns))) for key, each in request.propertyDependencies.items()}
    return {**dict.fromkeys(inputs, ()), **found}


def _aliases(request: Any) -> Iterable[Alias]:
    for urn in request.aliasURNs:
        yield Alias(urn=urn)
    for each in request.aliases:
        if each.WhichOneof("alias") == "urn":
            yield Alias(urn=each.urn)
        else:
            spec = each.spec
            yield Alias(
                name=spec.name,
                type=spec.type,
                project=spec.project,
                stack=spec.stack,
                parent=spec.parentUrn,
                no_parent=spec.noParent,
            )


def _timeouts(message: Any) -> Timeouts:
    return Timeouts(
        create=seconds(message.create),
        update=seconds(message.update),
        delete=seconds(message.delete),
        read=seconds(message.read),
    )


def seconds(text: str) -> float:
    """Seconds in a duration such as `1h30m` or `1.5s`; 0 when it is empty."""
    parts = DURATION.findall(text)
    if "".join(amount + unit for amount, unit in parts) != text:
        raise ConfigurationError(f"the timeout {text!r} is malformed", "write it like 90s, 5m or 1h30m")
    return wire.number(math.fsum(float(amount) * UNITS[unit] for amount, unit in parts))


def position(raw: Any, root: Path) -> str:
    """A place in the project's source, relative to it; empty for a place outside, which differs between hosts."""
    path = Path(unquote(urlparse(raw.uri).path)) if raw.uri else root.parent
    if not path.is_relative_to(root) or "site-packages" in path.parts:
        return ""
    column = f",{raw.column}" if raw.column else ""
    return f"project:///{path.relative_to(root).as_posix()}#{raw.line}{column}"
