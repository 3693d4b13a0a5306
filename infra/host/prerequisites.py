"""Judge a host: what aqdata needs there, whether it has it, and the command that mends it."""

from dataclasses import dataclass
from enum import Enum

from infra.host.facts import Engine, HostFacts

DETACHED_ENGINE = "setsid nohup dockerd >>/var/log/dockerd.log 2>&1 </dev/null &"
_ROOM_FOR_DATA = 10**9


class State(Enum):
    """`OPTIONAL`: not there, and something else does its work."""

    OK = "ok"
    OPTIONAL = "optional"
    MISSING = "missing"


@dataclass(frozen=True)
class Prerequisite:
    """One thing aqdata needs. `packages` are Debian's; with `starts_engine` the engine has to be started."""

    name: str
    state: State
    found: str
    command: str = ""
    packages: tuple[str, ...] = ()
    starts_engine: bool = False

    @property
    def can_be_mended(self) -> bool:
        return bool(self.packages or self.starts_engine)


def judge(facts: HostFacts, needed_storage: int) -> list[Prerequisite]:
    """Every prerequisite in the order in which they have to be mended.

    `needed_storage`: bytes that building the missing images takes.
    """
    return [
        _engine_installed(facts),
        _engine_answers(facts),
        _storage(facts, needed_storage + _ROOM_FOR_DATA),
        _debootstrap(facts),
        _pulumi(facts),
    ]


def _engine_installed(facts: HostFacts) -> Prerequisite:
    name = "Docker Engine"
    if not facts.has_local_engine:
        return Prerequisite(name, State.OK, f"at {facts.docker_host}")
    if facts.engine.state is not Engine.SILENT or "dockerd" in facts.tools:
        return Prerequisite(name, State.OK, facts.engine.version or "installed")
    return _package(name, facts, "docker.io", "iptables")


def _engine_answers(facts: HostFacts) -> Prerequisite:
    name = "Docker Engine answers"
    state = facts.engine.state
    if state is Engine.ANSWERS:
        return Prerequisite(name, State.OK, "yes")
    if state is Engine.FORBIDDEN:
        command = 'sudo usermod --append --groups docker "$USER", then log in again'
        return Prerequisite(name, State.MISSING, state.value, command)
    if not facts.has_local_engine:
        return Prerequisite(name, State.MISSING, state.value, f"docker --host {facts.docker_host} version")
    command = "systemctl enable --now docker" if facts.has_systemd else DETACHED_ENGINE
    return Prerequisite(name, State.MISSING, state.value, _as_root(facts, command), starts_engine=facts.is_root)


def _storage(facts: HostFacts, needed: int) -> Prerequisite:
    name = "Disk space for Docker"
    free = facts.engine.free_storage
    if free is None:
        return Prerequisite(name, State.OPTIONAL, "unknown until the engine answers here")
    found = f"{free / 10**9:.1f} GB in {facts.engine.storage}, {needed / 10**9:.1f} GB needed"
    if free >= needed:
        return Prerequisite(name, State.OK, found)
    return Prerequisite(name, State.MISSING, found, "docker builder prune && docker image prune")


def _debootstrap(facts: HostFacts) -> Prerequisite:
    name = "debootstrap"
    if "debootstrap" in facts.tools:
        return Prerequisite(name, State.OK, "installed")
    if "root" not in facts.engine.missing_images and facts.engine.state is Engine.ANSWERS:
        return Prerequisite(name, State.OPTIONAL, "not needed: the base image is there")
    if not facts.is_debian:
        return Prerequisite(name, State.OPTIONAL, "not found: the base image is pulled from a registry")
    return _package(name, facts, "debootstrap")


def _pulumi(facts: HostFacts) -> Prerequisite:
    found = "on the PATH" if "pulumi" in facts.tools else "not found: the embedded engine is used"
    return Prerequisite("Pulumi CLI", State.OK if "pulumi" in facts.tools else State.OPTIONAL, found)


def _package(name: str, facts: HostFacts, *packages: str) -> Prerequisite:
    if not facts.is_debian:
        return Prerequisite(name, State.MISSING, "not found", f"install {packages[0]} with the system's packages")
    command = _as_root(facts, f"apt-get update && apt-get install --yes {' '.join(packages)}")
    return Prerequisite(name, State.MISSING, "not found", command, packages if facts.can_install else ())


def _as_root(facts: HostFacts, command: str) -> str:
    return command if facts.is_root else f"as root: {command}"
