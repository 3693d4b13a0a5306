"""Which engine deploys: the Pulumi CLI where it is installed, else the embedded one."""

from __future__ import annotations

import os
import shutil

from infra.engine.interface import Engine, Workspace
from infra.engine.loading import load
from infra.model.errors import ConfigurationError, PrerequisiteMissing

ENGINE_VARIABLE = "AQDATA_ENGINE"
ENGINES = {
    "official": "infra.engine.official:OfficialEngine",
    "embedded": "infra.engine.embedded.engine:EmbeddedEngine",
}
EARLY = {"embedded": "infra.engine.embedded.session:begin_unlocking"}
"""What an engine begins on a thread of its own while it is still being imported."""


def choose(workspace: Workspace) -> Engine:
    """The engine for `workspace`; `AQDATA_ENGINE=official|embedded` overrides what the host suggests."""
    wanted = _wanted()
    if wanted in EARLY:
        load(EARLY[wanted])(workspace)
    engine: Engine = load(ENGINES[wanted])(workspace)
    return engine


def _wanted() -> str:
    wanted = os.environ.get(ENGINE_VARIABLE, "")
    installed = shutil.which("pulumi") is not None
    if wanted == "official" and not installed:
        raise PrerequisiteMissing(
            f"{ENGINE_VARIABLE}=official, but there is no pulumi on the PATH",
            f"install the Pulumi CLI, or unset {ENGINE_VARIABLE}",
        )
    if wanted and wanted not in ENGINES:
        raise ConfigurationError(
            f"{ENGINE_VARIABLE} is {wanted!r}, expected official or embedded", f"unset {ENGINE_VARIABLE}"
        )
    return wanted or ("official" if installed else "embedded")
