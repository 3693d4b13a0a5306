"""A stack of the same shape as another, on free ports, gone at the end."""

from __future__ import annotations

import secrets
import socket
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from cli.operation import carry_out
from cli.stack_access import StackAccess
from infra.engine import Options
from infra.model.cache import ROLES
from infra.model.loading import NAMESPACE, merge, stack_file
from infra.model.reading import read_yaml
from infra.model.stack import Stack


@contextmanager
def disposable(declared: Stack, config_file: Path | None, prefix: str) -> Iterator[StackAccess]:
    """A deployed stack declared like another one, with state and configuration in a temporary folder.

    Raises ResourceError where it cannot be deployed; what was made is destroyed in any case.
    """
    with tempfile.TemporaryDirectory(prefix="aqdata-") as folder:
        name = f"{prefix}-{secrets.token_hex(3)}"
        path = Path(folder) / f"Pulumi.{name}.yaml"
        path.write_text(yaml.safe_dump(_content(declared, config_file)), encoding="utf-8")
        access = StackAccess(name, path, Path(folder) / "state")
        try:
            carry_out(access.engine.up, Options(message="disposable"))
            yield access
        finally:
            carry_out(access.engine.destroy, Options(message="disposable"))


def _content(declared: Stack, config_file: Path | None) -> dict[str, Any]:
    ours = read_yaml(config_file or stack_file(declared.name))
    return merge(ours, {"config": {f"{NAMESPACE}:{key}": value for key, value in _changes(declared).items()}})


def _changes(declared: Stack) -> Mapping[str, Any]:
    """Free ports, no protection, and an environment whose passphrase this host makes itself."""
    ports = iter(_free_ports(len(declared.ports)))
    return {
        "environment": "development",
        "protect": False,
        "instances": {name: {"port": next(ports)} for name in declared.instances},
        "cache": {role: {"port": next(ports)} for role in ROLES},
        "objectStore": {"port": next(ports)},
    }


def _free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()
