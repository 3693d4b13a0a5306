"""A stack over three Docker hosts, engines in network namespaces of this machine joined to a swarm."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.host.progress import silent
from infra.images.build import ensure_images
from infra.images.recipes import current_tags
from tests.servers.stack import StackUnderTest, stack
from tests.servers.swarm import SwarmHost, swarm

pytestmark = [
    pytest.mark.docker,
    pytest.mark.long,
    pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces need root"),
]
NAMES = ("aqt1", "aqt2", "aqt3")
IMAGES = ("postgres", "redis", "minio")


@pytest.fixture(scope="module")
def hosts() -> Iterator[list[SwarmHost]]:
    ensure_images(IMAGES, silent)
    with swarm(NAMES, [current_tags()[image] for image in IMAGES]) as found:
        yield found


@pytest.fixture(scope="module")
def spread(hosts: list[SwarmHost], tmp_path_factory: pytest.TempPathFactory) -> Iterator[StackUnderTest]:
    with stack(tmp_path_factory.mktemp("spread"), "th") as made:
        made.settings["hosts"] = {host.name: {"docker": host.socket, "address": host.address} for host in hosts}
        made.settings["placement"] = {"postgres-payment": [NAMES[2]], "postgres-user": [NAMES[1]]}
        made.settings["cache"]["durable"]["replicas"] = 2
        # This kernel may have no ESP, without which Docker drops what an encrypted network carries.
        made.settings["encryptedOverlay"] = False
        made.configure()
        up = made.command("up", "--yes", "--skip-verify", timeout=400)
        assert up.returncode == 0, up.stdout[-2000:] + up.stderr[-2000:]
        yield made
        made.command("destroy", "--yes", timeout=200)


def _running(host: SwarmHost) -> set[str]:
    return {str(container.name).split("-", 2)[2] for container in host.client.containers.list()}


def test_every_container_is_where_it_is_placed(spread: StackUnderTest, hosts: list[SwarmHost]) -> None:
    first, second, third = map(_running, hosts)
    assert {"minio", "postgres-shared", "redis", "redis-sentinel-1"} <= first
    assert second == {"postgres-user", "redis-2", "redis-sentinel-2"}
    assert third == {"postgres-payment", "redis-3", "redis-sentinel-3"}


def test_a_stack_over_hosts_verifies(spread: StackUnderTest) -> None:
    verified = spread.command("verify", timeout=300)
    assert verified.returncode == 0, verified.stdout[-3000:] + verified.stderr[-1000:]


def test_nothing_changes_without_a_change(spread: StackUnderTest) -> None:
    shown = spread.command("preview")
    assert "Nothing changes" in shown.stdout, shown.stdout[-3000:] + shown.stderr[-1000:]


def test_a_host_that_does_not_answer_is_named_once_with_the_way_out(
    spread: StackUnderTest, hosts: list[SwarmHost]
) -> None:
    folder: Path = hosts[2].folder
    (folder / "docker.sock").rename(folder / "away.sock")
    try:
        shown = spread.command("preview")
    finally:
        (folder / "away.sock").rename(folder / "docker.sock")
    assert shown.returncode == 4
    assert "unchanged" in shown.stdout or "Nothing changes" in shown.stdout
    assert shown.stderr.count("does not answer") <= 2
    assert hosts[2].socket in shown.stderr
    assert "hosts:" in shown.stderr


def test_two_nodes_on_one_host_are_refused_on_the_plan(spread: StackUnderTest) -> None:
    crowded = spread.settings["placement"] | {"redis": [NAMES[0], NAMES[1], NAMES[0]]}
    spread.configure(placement=crowded)
    try:
        refused = spread.command("up", "--yes", "--skip-verify")
    finally:
        spread.configure()
    assert refused.returncode == 5
    assert "redis and redis-3 are both on aqt1" in " ".join((refused.stdout + refused.stderr).split())
