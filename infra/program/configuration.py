"""The stack's configuration as the engine hands it over, which is what `pulumi config` shows."""

import json
from typing import Any

import pulumi
from pulumi.runtime.config import CONFIG, get_config_env

from infra.model.intent import Intent
from infra.model.loading import NAMESPACE, load_services, stack_from_config


def declared_intent() -> Intent:
    """All services on the stack being deployed. Raises ConfigurationError."""
    stack = pulumi.get_stack()
    prefix = f"{NAMESPACE}:"
    every = get_config_env() | CONFIG.get()
    ours = {key.removeprefix(prefix): _value(text) for key, text in every.items() if key.startswith(prefix)}
    return Intent.of(load_services(), stack_from_config(stack, ours, f"stacks/Pulumi.{stack}.yaml"))


def _value(text: Any) -> Any:
    """Engines pass objects, numbers and booleans as JSON, and text as it is."""
    try:
        return json.loads(text) if isinstance(text, str) else text
    except json.JSONDecodeError:
        return text
