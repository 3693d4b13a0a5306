"""Read what this host has: its distribution, tools, Docker Engine and disk space."""

import os
import shutil
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from docker import APIClient

from infra.host.docker_api import EngineForbidden, EngineSilent, reach
from infra.images.catalogue import STACK_IMAGES
from infra.images.present import present_images
from infra.images.recipes import project_catalogue
from infra.images.storage import free_bytes

TOOLS = ("apt-get", "debootstrap", "dockerd", "iptables", "pulumi")
_ANSWER_SECONDS = 5


class Engine(Enum):
    """How the Docker Engine that DOCKER_HOST names behaves."""

    ANSWERS = "answers"
    FORBIDDEN = "refuses this user"
    SILENT = "does not answer"


@dataclass(frozen=True)
class EngineFacts:
    """What an engine tells. `missing_images`: those the stacks' images still need built, parents first."""

    state: Engine
    version: str = ""
    storage: str = ""
    free_storage: int | None = None
    missing_images: tuple[str, ...] = ()


@dataclass(frozen=True)
class HostFacts:
    """One look at the host. `docker_host` is DOCKER_HOST, empty for the local default."""

    is_root: bool
    is_debian: bool
    has_systemd: bool
    tools: frozenset[str]
    docker_host: str
    engine: EngineFacts

    @property
    def has_local_engine(self) -> bool:
        return not self.docker_host or self.docker_host.startswith("unix://")

    @property
    def can_install(self) -> bool:
        return self.is_root and self.is_debian and "apt-get" in self.tools


def gather_facts() -> HostFacts:
    """The facts as they are now; what is missing is a fact, not an error."""
    return HostFacts(
        is_root=os.geteuid() == 0,
        is_debian=is_debian(Path("/etc/os-release")),
        has_systemd=Path("/run/systemd/system").is_dir(),
        tools=frozenset(tool for tool in TOOLS if shutil.which(tool)),
        docker_host=os.environ.get("DOCKER_HOST", ""),
        engine=_ask_engine(),
    )


def is_debian(os_release: Path) -> bool:
    """Whether the file describes Debian or a descendant of it."""
    if not os_release.is_file():
        return False
    lines = (line.partition("=") for line in os_release.read_text().splitlines())
    values = {key: value.strip('"').split() for key, _, value in lines}
    return "debian" in values.get("ID", []) + values.get("ID_LIKE", [])


def _ask_engine() -> EngineFacts:
    try:
        api = reach(timeout=_ANSWER_SECONDS)
    except EngineForbidden:
        return EngineFacts(Engine.FORBIDDEN)
    except EngineSilent:
        return EngineFacts(Engine.SILENT)
    told = api.info()
    storage = str(told["DockerRootDir"])
    return EngineFacts(
        Engine.ANSWERS,
        version=str(told["ServerVersion"]),
        storage=storage,
        free_storage=free_bytes(storage),
        missing_images=_missing_images(api),
    )


def _missing_images(api: APIClient) -> tuple[str, ...]:
    catalogue = project_catalogue()
    return tuple(catalogue.to_build(STACK_IMAGES, present_images(api, catalogue)))
