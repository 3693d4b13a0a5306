"""Where Docker is, from the provider's configuration; pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from infra.engine.embedded.docker.field import Plain, Properties

DEFAULT_HOST = "unix:///var/run/docker.sock"


@dataclass(frozen=True, slots=True)
class HostSettings:
    """Which Docker Engine, and how it is reached; the names are those of pulumi-docker's provider."""

    host: str = ""
    context: str = ""
    cert_path: str = ""
    ca_material: str = field(default="", repr=False)
    cert_material: str = field(default="", repr=False)
    key_material: str = field(default="", repr=False)
    ssh_opts: tuple[str, ...] = ()
    registry_auth: tuple[Mapping[str, str], ...] = field(default=(), repr=False)

    @property
    def is_local(self) -> bool:
        """Whether the engine's ports and processes are this machine's."""
        return not self.context and (self.host or DEFAULT_HOST).startswith("unix://")


def host_settings(configuration: Properties) -> HostSettings:
    """Settings from pulumi-docker's provider properties; nested ones may come as JSON text."""
    return HostSettings(
        host=configuration.get("host") or "",
        context=configuration.get("context") or "",
        cert_path=configuration.get("certPath") or "",
        ca_material=configuration.get("caMaterial") or "",
        cert_material=configuration.get("certMaterial") or "",
        key_material=configuration.get("keyMaterial") or "",
        ssh_opts=tuple(_decoded(configuration.get("sshOpts")) or ()),
        registry_auth=tuple(_decoded(configuration.get("registryAuth")) or ()),
    )


def _decoded(value: Plain) -> Plain:
    return json.loads(value) if isinstance(value, str) and value else value
