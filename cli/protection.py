"""Takes the protection from resources in a stack's state, as `pulumi state unprotect` does."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from infra.engine import Engine
from infra.model.errors import ConfigurationError


def unprotect(engine: Engine, names: Collection[str] | None = None) -> list[str]:
    """Of the resources with these URNs or names, or of all; the URNs that were protected.

    Raises ConfigurationError for a name that no protected resource has.
    """
    state = engine.export()
    guarded = [each for each in state["deployment"].get("resources", []) if each.get("protect")]
    unknown = [name for name in names or () if not any(_is_called(each, name) for each in guarded)]
    if unknown:
        listed = ", ".join(sorted(map(_name, guarded))) or "none"
        raise ConfigurationError(f"no protected resource is called {', '.join(unknown)}", f"protected are: {listed}")
    chosen = [each for each in guarded if names is None or any(_is_called(each, name) for name in names)]
    for each in chosen:
        del each["protect"]
    engine.import_(state)
    return [each["urn"] for each in chosen]


def _is_called(resource: Mapping[str, Any], name: str) -> bool:
    return name in (resource["urn"], _name(resource))


def _name(resource: Mapping[str, Any]) -> str:
    return str(resource["urn"]).rpartition("::")[2]
