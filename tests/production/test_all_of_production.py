"""`Pulumi.prod.yaml` and `Pulumi.staging.yaml` as a whole, reduced to a small machine."""

import json
import secrets
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.production.cluster import Replicated, wait_for
from tests.production.trial import HEAL_SECONDS
from tests.production.watcher import Watcher
from tests.production.writer import Writer
from tests.servers.container import free_port
from tests.servers.stack import ROOT, StackUnderTest, stack

pytestmark = [pytest.mark.docker, pytest.mark.long]

SERVICES = {
    "postgres-shared": "event_service",
    "postgres-user": "user_service",
    "postgres-payment": "payment_service",
    "postgres-analytics": "analytics_service",
}
WATCHED = "postgres-payment"
NODES = 3
LONGEST_PAUSE = 10.0
NOT_YET = {"backup_is_drilled", "cache_is_drilled"}
"""What fails until the first weekly drill."""


def settings(environment: str) -> dict[str, Any]:
    """The stack file's, with ports of the test's own, for a small machine, and without protection."""
    declared: dict[str, Any] = yaml.safe_load((ROOT / "stacks" / f"Pulumi.{environment}.yaml").read_text())["config"]
    found = {name.removeprefix("aqstream:"): value for name, value in declared.items()}
    found |= {"sizing": "small", "protect": False}
    for instance in found["instances"].values():
        instance |= {name: free_port() for name in ("port", "readOnlyPort", "pooledPort")}
    durable = found["cache"]["durable"]
    durable |= {
        "port": free_port(),
        "replicaPorts": [free_port() for _ in range(durable["replicas"])],
        "sentinels": {"ports": [free_port() for _ in range(3)]},
    }
    found["cache"].setdefault("evictable", {})["port"] = free_port()
    store = found.setdefault("objectStore", {})
    store |= {"port": free_port(), "nodePorts": [free_port() for _ in range(store.get("nodes", 1) - 1)]}
    return found


@contextmanager
def reduced(folder: Path, environment: str) -> Iterator[StackUnderTest]:
    """It is deployed."""
    with pytest.MonkeyPatch.context() as patched, stack(folder, f"t-{environment}") as made:
        patched.setenv("PULUMI_CONFIG_PASSPHRASE", secrets.token_hex())
        made.settings.clear()
        made.settings.update(settings(environment))
        made.configure()
        started = time.monotonic()
        up = made.command("up", "--yes", "--skip-verify", timeout=600)
        assert up.returncode == 0, up.stderr
        print(f"\n{environment} up: {time.monotonic() - started:.1f} s")
        yield made


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StackUnderTest]:
    """Production."""
    with reduced(tmp_path_factory.mktemp("whole"), "prod") as made:
        yield made


def require_verified(made: StackUnderTest, report: Path) -> None:
    """Every plane."""
    started = time.monotonic()
    made.command("verify", "--format", f"json={report}", timeout=300)
    seconds = time.monotonic() - started
    found = json.loads(report.read_text())
    print(f"\nverify: {len(found['passed'])} checks passed in {seconds:.1f} s")
    assert {each["rule"] for each in found["findings"]} <= NOT_YET
    assert found["notEvaluated"] == []


def test_staging_is_verified_on_every_plane(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> None:
    with reduced(tmp_path_factory.mktemp("staging"), "staging") as made:
        require_verified(made, tmp_path / "report.json")


def test_production_is_verified_on_every_plane(whole: StackUnderTest, tmp_path: Path) -> None:
    require_verified(whole, tmp_path / "report.json")


def test_new_containers_for_all_nodes_at_once_pause_nobody_for_long(whole: StackUnderTest) -> None:
    instances = [Replicated(whole, name, service, NODES) for name, service in SERVICES.items()]
    resources = [f"{name}{suffix}" for name in SERVICES for suffix in ("", "-2", "-3")]
    options = [option for each in resources for option in ("--replace", f"**Container::{each}")]
    with ExitStack() as clients:
        writers = [clients.enter_context(Writer(each)) for each in instances]
        # Asking is work for the two cores; of the four, the one that is to lose nothing is asked.
        watcher = clients.enter_context(Watcher(next(each for each in instances if each.name == WATCHED)))
        for writer in writers:
            writer.await_writes(50)
        started = time.monotonic()
        up = whole.command("up", "--yes", "--skip-verify", *options, timeout=500)
        print(f"\nup with new containers for {len(resources)} nodes: {time.monotonic() - started:.1f} s")
        assert up.returncode == 0, up.stderr
        for each in instances:
            wait_for(each.is_whole, HEAL_SECONDS, "whole cluster after the change")
        for writer in writers:
            writer.await_writes(50)
    pauses = {writer.instance.name: writer.longest_pause() for writer in writers}
    for name, pause in pauses.items():
        print(f"{name}: writes paused for {pause:.1f} s at most")
    assert [writer.lost() for writer in writers] == [[]] * len(writers)
    assert watcher.both_writable() == []
    assert max(pauses.values()) <= LONGEST_PAUSE
