"""Which engine deploys: the Pulumi CLI where it is installed, else the embedded one."""

from __future__ import annotations

import os
import shutil

from infra.engine.interface import Engine, Workspace
from infra.model.errors import ConfigurationError, PrerequisiteMissing

ENGINE_VARIABLE = "AQDATA_ENGINE"


def choose(workspace: Workspace) -> Engine:
    """The engine for `workspace`; `AQDATA_ENGINE=official|embedded` overrides what the host suggests."""
    wanted = os.environ.get(ENGINE_VARIABLE, "")
    installed = shutil.which("pulumi") is not None
    if wanted not in ("", "official", "embedded"):
        raise ConfigurationError(
            f"{ENGINE_VARIABLE} is {wanted!r}, expected official or embedded", f"unset {ENGINE_VARIABLE}"
        )
    if wanted == "official" and not installed:
        raise PrerequisiteMissing(
            f"{ENGINE_VARIABLE}=official, but there is no pulumi on the PATH",
            f"install the Pulumi CLI, or unset {ENGINE_VARIABLE}",
        )
    return _official(workspace) if wanted == "official" or (installed and not wanted) else _embedded(workspace)


def _official(workspace: Workspace) -> Engine:
    from infra.engine.official import OfficialEngine

    return OfficialEngine(workspace)


def _embedded(workspace: Workspace) -> Engine:
    from infra.engine.embedded.engine import EmbeddedEngine

    return EmbeddedEngine(workspace)
