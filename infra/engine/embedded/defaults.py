"""Default providers: made by the engine for packages whose resources name no provider."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import Lock

from infra.engine.embedded import urn as urns
from infra.engine.embedded.goal import Goal
from infra.engine.embedded.providers import INTERNAL, VERSION
from infra.engine.embedded.refusal import Unsupported
from infra.engine.values import Properties, Value


@dataclass(slots=True)
class DefaultProviders:
    """One default provider per package and version, registered when it is first needed.

    As under the Pulumi CLI, its inputs are the configuration in the namespace of its package.
    """

    config: Mapping[str, Value]
    register: Callable[[Goal], str]
    """Registers a provider and gives its reference"""
    _known: dict[tuple[str, str], str] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def reference(self, package: str, version: str, download_url: str) -> str:
        """The reference of the default provider; raises what registering it raised."""
        if download_url:
            raise Unsupported(f"plugin download URLs, which the package {package} has")
        with self._lock:
            if (package, version) not in self._known:
                self._known[package, version] = self.register(self._goal(package, version))
            return self._known[package, version]

    def _goal(self, package: str, version: str) -> Goal:
        prefix = f"{package}:"
        inputs = {key.removeprefix(prefix): item for key, item in self.config.items() if key.startswith(prefix)}
        return Goal(
            type=f"{urns.PROVIDER_PREFIX}{package}",
            name=default_name(version),
            custom=True,
            inputs=with_version(inputs, version),
        )


def default_name(version: str) -> str:
    """`default_5_2_0` for version 5.2.0, `default` for none."""
    parts = version.replace("-", ".").replace("+", ".").split(".") if version else []
    return "_".join(["default", *parts])


def with_version(inputs: Properties, version: str) -> Properties:
    """A provider's inputs with the version of its plugin, as the Pulumi CLI notes it."""
    return {**inputs, INTERNAL: {}, VERSION: version} if version else inputs
