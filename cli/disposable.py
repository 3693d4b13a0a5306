"""A stack of the same shape as another, on free ports, gone at the end."""

from __future__ import annotations

import re
import secrets
import socket
import tempfile
from collections.abc import Generator, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

import docker
import yaml

from cli import console
from cli.display.printing import print_text
from cli.operation import carry_out
from cli.stack_access import StackAccess
from infra.engine import Options
from infra.images.pull import ensure_chosen
from infra.model.errors import AqdataError, ResourceError
from infra.model.loading import NAMESPACE, STACKS, merge, stack_file
from infra.model.reading import read_yaml
from infra.model.stack import Stack

_PORT = re.compile(r"(port|Port|ports|Ports)$")
_OPTIONS = Options(message="disposable")
_OF_A_COPY = {"environment": "development", "protect": False, "address": "127.0.0.1", "sizing": "small"}


@contextmanager
def disposable(declared: Stack, config_file: Path | None, prefix: str) -> Iterator[StackAccess]:
    """A deployed stack declared like another one, with state and configuration in a temporary folder.

    Raises ResourceError where it cannot be deployed; what was made is removed in any case.
    """
    with tempfile.TemporaryDirectory(prefix="aqdata-") as folder:
        name = f"{prefix}-{secrets.token_hex(3)}"
        path = Path(folder) / f"Pulumi.{name}.yaml"
        path.write_text(yaml.safe_dump(_content(declared, config_file)), encoding="utf-8")
        access = StackAccess(name, path, Path(folder) / "state")
        try:
            ensure_chosen(access.declared.used_images, lambda step: print_text(console.progress(), step, "dim"))
            _deploy(access)
            yield access
        finally:
            _remove(access)


def _deploy(access: StackAccess) -> None:
    """In two attempts: on a host with much else to do a server may be late, and what was done is not done twice.

    Raises ResourceError where the second one fails as well.
    """
    try:
        carry_out(access.engine.up, _OPTIONS, access.name)
    except ResourceError as error:
        print_text(console.progress(), f"{access.name} is deployed once more: {error.message}", "yellow")
        carry_out(access.engine.up, _OPTIONS, access.name)


def _remove(access: StackAccess) -> None:
    """With the engine, and what it cannot remove by its name; an error from before is not hidden by one from here."""
    try:
        carry_out(access.engine.destroy, _OPTIONS, access.name)
    except AqdataError as error:
        print_text(console.progress(), f"{access.name} is removed by its name: {error.message}", "yellow")
    _remove_by_name(access.intent.stack.physical(""))


def _remove_by_name(beginning: str) -> None:
    """The containers, networks and volumes whose names begin so."""
    api = docker.from_env().api
    for container in api.containers(all=True, filters={"name": f"^/{beginning}"}):
        api.remove_container(container["Id"], force=True)
    for network in api.networks(filters={"name": f"^{beginning}"}):
        api.remove_network(network["Id"])
    for volume in api.volumes(filters={"name": f"^{beginning}"})["Volumes"] or ():
        api.remove_volume(volume["Name"], force=True)


def _content(declared: Stack, config_file: Path | None) -> dict[str, Any]:
    """The stack's own file, with what a copy beside it on this host has to have differently."""
    beginning = f"{NAMESPACE}:"
    config = read_yaml(config_file or stack_file(declared.name))["config"]
    ours = {key.removeprefix(beginning): value for key, value in config.items() if key.startswith(beginning)}
    whole = merge(read_yaml(STACKS / "defaults.yaml"), ours)
    with closing(_free_ports()) as ports:
        copied = merge(_elsewhere(whole, ports), _OF_A_COPY)
    return {"config": {beginning + key: value for key, value in copied.items()}}


def _elsewhere(value: Any, ports: Iterator[int], name: str = "") -> Any:
    """The same with a free port in the place of each port."""
    if isinstance(value, Mapping):
        return {key: _elsewhere(item, ports, key) for key, item in value.items()}
    if isinstance(value, list):
        return [_elsewhere(item, ports, name) for item in value]
    return next(ports) if isinstance(value, int) and _PORT.search(name) else value


def _free_ports() -> Generator[int, None, None]:
    """Ports that nobody listens on; each is held until all are chosen."""
    with ExitStack() as held:
        while True:
            probe = held.enter_context(socket.socket())
            probe.bind(("127.0.0.1", 0))
            yield probe.getsockname()[1]
