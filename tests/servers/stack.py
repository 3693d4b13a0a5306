"""A whole stack of a test's own: name, ports, state and passphrase; destroyed at the end whatever happens."""

import json
import os
import secrets
import shutil
import subprocess
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import docker
import pytest
import yaml
from docker.errors import NotFound

from tests.servers.container import free_port

ROOT = Path(__file__).resolve().parents[2]
INSTANCES = ("postgres-shared", "postgres-user", "postgres-payment", "postgres-analytics")


@dataclass(frozen=True)
class StackUnderTest:
    """A stack that `./aqdata` works on as a user would; `folder` holds its file, state and passphrase."""

    name: str
    folder: Path
    settings: dict[str, Any] = field(default_factory=dict)

    @property
    def config_file(self) -> Path:
        """Its stack file."""
        return self.folder / f"Pulumi.{self.name}.yaml"

    @property
    def state_file(self) -> Path:
        """Where the engine keeps its checkpoint."""
        return self.folder / "state" / ".pulumi" / "stacks" / "aqstream" / f"{self.name}.json"

    @property
    def environment(self) -> dict[str, str]:
        """The variables a command needs to work on this stack and no other."""
        return os.environ | {
            "AQDATA_STACK": self.name,
            "AQDATA_CONFIG_FILE": str(self.config_file),
            "AQDATA_BACKEND": str(self.folder / "state"),
            "XDG_CONFIG_HOME": str(self.folder / "config"),
            "NO_COLOR": "1",
        }

    def configure(self, **changes: Any) -> None:
        """Write the stack file: the test's settings with these over them."""
        config = {f"aqstream:{key}": value for key, value in (self.settings | changes).items()}
        self.config_file.write_text(yaml.safe_dump({"config": config}))

    def replicate(self, instances: Iterable[str], replicas: int, **changes: Any) -> None:
        """Have so many replicas of these instances in the next stack file, in sizes for a small machine."""
        for name in instances:
            self.settings["instances"][name] |= {
                "replicas": replicas,
                "readOnlyPort": free_port(),
                "pooledPort": free_port(),
                "limits": {"memory": "384MiB", "cpus": 1},
            } | changes

    def command(self, *arguments: str, timeout: float = 180) -> "subprocess.CompletedProcess[str]":
        """Run `./aqdata` with these arguments."""
        return subprocess.run(
            [str(ROOT / "aqdata"), *arguments],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )

    def start(self, *arguments: str) -> "subprocess.Popen[str]":
        """Start `./aqdata` and leave it running."""
        pipe = subprocess.PIPE
        return subprocess.Popen(
            [str(ROOT / "aqdata"), *arguments], env=self.environment, stdout=pipe, stderr=pipe, text=True
        )

    def outputs(self) -> dict[str, Any]:
        """The stack's outputs with their secrets."""
        shown = self.command("outputs", "--json", "--show-secrets")
        assert shown.returncode == 0, shown.stderr
        outputs: dict[str, Any] = json.loads(shown.stdout)
        return outputs

    def container(self, component: str) -> Any:
        """One of the stack's containers."""
        return docker.from_env().containers.get(f"aqstream-{self.name}-{component}")

    def leftovers(self) -> list[str]:
        """Every container, network and volume of the stack that exists."""
        return sorted(name for names in self._existing().values() for name in names)

    def clear(self) -> None:
        """Remove whatever is left, without the engine's help."""
        api = docker.from_env().api
        removals: dict[str, Callable[[str], object]] = {
            "container": partial(api.remove_container, force=True),
            "network": api.remove_network,
        }
        for kind, names in self._existing().items():
            for name in names:
                with suppress(NotFound):
                    removals.get(kind, partial(api.remove_volume, force=True))(name)

    def _existing(self) -> dict[str, list[str]]:
        api = docker.from_env().api
        found = {
            "container": [name.lstrip("/") for each in api.containers(all=True) for name in each["Names"]],
            "network": [each["Name"] for each in api.networks()],
            "volume": [each["Name"] for each in api.volumes()["Volumes"] or []],
        }
        prefix = f"aqstream-{self.name}-"
        return {kind: [name for name in names if name.startswith(prefix)] for kind, names in found.items()}


@contextmanager
def stack(folder: Path, prefix: str = "t") -> Iterator[StackUnderTest]:
    """A stack that is configured and not deployed."""
    ports = iter([free_port() for _ in range(7)])
    settings: dict[str, Any] = {
        "environment": "development",
        "protect": False,
        "instances": {name: {"port": next(ports)} for name in INSTANCES},
        "cache": {role: {"port": next(ports)} for role in ("durable", "evictable")},
        "objectStore": {"port": next(ports)},
    }
    made = StackUnderTest(f"{prefix}{secrets.token_hex(3)}", folder, settings)
    made.configure()
    try:
        yield made
    finally:
        made.clear()
        shutil.rmtree(folder / "state", ignore_errors=True)


@pytest.fixture(scope="session")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StackUnderTest]:
    """A deployed stack that tests read from; one that changes it puts it back."""
    with stack(tmp_path_factory.mktemp("deployed")) as made:
        up = made.command("up", "--skip-verify")
        assert up.returncode == 0, up.stderr
        yield made
