"""Finds a stack's workspace from the project file, as the Pulumi CLI does."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from infra.engine.interface import Workspace
from infra.model.errors import ConfigurationError

PROJECT_FILE = "Pulumi.yaml"


def open_workspace(root: Path, stack: str, passphrase: Callable[[], str] | None = None) -> Workspace:
    """The workspace of `stack` in the project at `root`; raises ConfigurationError on a broken project file."""
    project = read_project(root)
    return Workspace(
        root=root,
        project=project["name"],
        stack=stack,
        config_file=default_config_file(root, stack),
        backend=_backend_folder(root, project),
        program=root / project.get("main", "."),
        passphrase=passphrase,
    )


def default_config_file(root: Path, stack: str) -> Path:
    """Where a stack's configuration is unless somebody says otherwise."""
    return root / str(read_project(root).get("stackConfigDir", ".")) / f"Pulumi.{stack}.yaml"


def read_project(root: Path) -> dict[str, Any]:
    """The project file's mapping."""
    path = root / PROJECT_FILE
    try:
        project = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigurationError(f"{path} does not exist", "run this in the project's folder") from None
    except yaml.YAMLError as error:
        raise ConfigurationError(f"{path} is not valid YAML: {error}", "mend the file") from None
    if not isinstance(project, dict) or not isinstance(project.get("name"), str):
        raise ConfigurationError(f"{path} has no project name", "add `name:`")
    return project


def _backend_folder(root: Path, project: dict[str, Any]) -> Path:
    url = project.get("backend", {}).get("url", "")
    if not url.startswith("file://"):
        raise ConfigurationError(
            f"{PROJECT_FILE} names the backend {url!r}, expected file://<folder>",
            "the embedded engine keeps state in a folder; use the Pulumi CLI for other backends",
        )
    path = url.removeprefix("file://")
    return Path(path).expanduser() if path.startswith(("/", "~")) else (root / path).resolve()
