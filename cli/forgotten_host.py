"""Takes a host that is lost out of a stack's state, so that `up` makes anew what ran there; the host is not touched."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass

from infra.engine import Engine
from infra.engine.embedded.docker.configuration import host_settings
from infra.engine.forgetting import Forgotten, forget, hosts_of
from infra.model.docker_engine import EngineAddress, connect
from infra.model.errors import ConfigurationError, HostUnreachable

_ASKED_SECONDS = 10


@dataclass(frozen=True)
class LostHost:
    """A host of a stack's state that does not answer; `silence` says how it was found so."""

    name: str
    silence: str

    def forget_in(self, engine: Engine) -> Forgotten:
        """Write the state as it is now, without the host."""
        state = engine.export()
        deployment = state["deployment"]
        left = forget(self.name, deployment["resources"], deployment.get("pending_operations") or ())
        members = {**deployment, "resources": left.resources, "pending_operations": left.operations}
        engine.import_({**state, "deployment": members})
        return left


def lost_host(engine: Engine, name: str) -> LostHost:
    """The host of this name. Raises ConfigurationError where the state has none such, or where it answers."""
    known = hosts_of(engine.export()["deployment"].get("resources") or ())
    if name not in known:
        hosts = ", ".join(known) or "none"
        raise ConfigurationError(f"nothing of this stack was made on a host '{name}'", f"hosts of its state: {hosts}")
    settings = host_settings(known[name])
    silence = _silence(EngineAddress(settings.host, settings.cert_path, settings.ssh_opts))
    if not silence:
        raise ConfigurationError(
            f"{name} answers at {settings.host}, so what runs there can be moved and need not be forgotten",
            "place it on another host in the stack file, then `aqdata up`; docs/hosts.md, `Moving a node`",
        )
    return LostHost(name, silence)


def _silence(address: EngineAddress) -> str:
    """Why it cannot be used; empty where it answers."""
    try:
        with closing(connect(address, _ASKED_SECONDS)):
            return ""
    except HostUnreachable as error:
        return error.message
