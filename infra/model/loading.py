"""Find and load what is declared: services from `infra/services`, stacks from `stacks`."""

import json
from collections.abc import Mapping
from functools import reduce
from pathlib import Path
from typing import Any

from infra.model.errors import ConfigurationError, StackNotFound
from infra.model.intent import Intent
from infra.model.reading import read_yaml, validate
from infra.model.service import Service
from infra.model.sizing import sized
from infra.model.stack import Stack

ROOT = Path(__file__).resolve().parents[2]
SERVICES = ROOT / "infra" / "services"
STACKS = ROOT / "stacks"
NAMESPACE = "aqstream"


def load_services(folder: Path = SERVICES) -> dict[str, Service]:
    """Every service by name. Raises ConfigurationError where a file is wrong or named unlike its service."""
    return {path.stem: _service(path) for path in sorted(folder.glob("*.yaml"))}


def _service(path: Path) -> Service:
    service = validate(Service, read_yaml(path), shown(path))
    if service.name != path.stem:
        raise ConfigurationError(
            f"{shown(path)}: name: expected '{path.stem}', the file's name, got '{service.name}'",
            "rename the file or the service",
        )
    return service


def stack_names(folder: Path = STACKS) -> list[str]:
    """The stacks that have a file."""
    return sorted(path.name.removeprefix("Pulumi.").removesuffix(".yaml") for path in folder.glob("Pulumi.*.yaml"))


def stack_file(name: str, folder: Path = STACKS) -> Path:
    """The stack's file. Raises StackNotFound with the ones there are."""
    path = folder / f"Pulumi.{name}.yaml"
    if not path.is_file():
        known = ", ".join(stack_names(folder)) or "none"
        raise StackNotFound(f"no stack '{name}': {shown(path)} does not exist", f"known stacks: {known}")
    return path


def load_stack(name: str, config_file: Path | None = None) -> Stack:
    """The stack from its file, as `pulumi up` would see it. Raises StackNotFound, ConfigurationError."""
    path = config_file or stack_file(name)
    config = read_yaml(path).get("config") or {}
    if not isinstance(config, Mapping):
        raise ConfigurationError(f"{shown(path)}: config: expected a mapping", f"correct {shown(path)}")
    prefix = f"{NAMESPACE}:"
    ours = {str(key).removeprefix(prefix): value for key, value in config.items() if str(key).startswith(prefix)}
    return stack_from_config(name, ours, shown(path))


def stack_from_config(name: str, config: Mapping[str, Any], source: str) -> Stack:
    """The stack that these configuration values make over the common defaults."""
    defaults = read_yaml(STACKS / "defaults.yaml")
    return validate(Stack, sized(merge(defaults, config)) | {"name": name}, source)


def load_intent(name: str, config_file: Path | None = None) -> Intent:
    """Everything declared for one stack, checked as a whole."""
    return Intent.of(load_services(), load_stack(name, config_file))


def intent_from_engine(stack: str, config: Mapping[str, Any]) -> Intent:
    """Everything declared for one stack, whose configuration is as an engine hands it to programs and policies.

    That is what `pulumi config` shows: objects, numbers and booleans as JSON, and text as it is.
    """
    prefix = f"{NAMESPACE}:"
    ours = {key.removeprefix(prefix): _plain(text) for key, text in config.items() if key.startswith(prefix)}
    return Intent.of(load_services(), stack_from_config(stack, ours, f"stacks/Pulumi.{stack}.yaml"))


def _plain(text: Any) -> Any:
    try:
        return json.loads(text) if isinstance(text, str) else text
    except json.JSONDecodeError:
        return text


def merge(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Both mappings, key by key and recursively; where they disagree `above` wins."""
    return reduce(
        lambda merged, item: merged | {item[0]: _merged(merged.get(item[0]), item[1])},
        above.items(),
        dict(below),
    )


def _merged(below: Any, above: Any) -> Any:
    return merge(below, above) if isinstance(below, Mapping) and isinstance(above, Mapping) else above


def shown(path: Path) -> str:
    """The path as a reader would type it: relative to the checkout where it lies inside."""
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)
