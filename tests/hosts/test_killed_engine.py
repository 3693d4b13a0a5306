"""A Docker Engine that is killed in the middle of an `up`, with kill -9: its containers are made once and no more."""

import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pulumi
import pulumi_docker as docker
import pytest
from docker.errors import DockerException

from infra.engine.embedded import passphrase
from infra.model import docker_engine
from infra.model.errors import ResourceError
from infra.model.ssh_tunnel import ssh_options
from tests.engine.conftest import Stack
from tests.engine.fake import World
from tests.hosts.conftest import Remote

pytestmark = pytest.mark.docker
NAMES = [f"killed-{number}" for number in range(8)]
ATTEMPTS = 4


@pytest.fixture
def stack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, remote: Remote) -> Iterator[Stack]:
    monkeypatch.setattr(passphrase, "ROUNDS", 1000)
    monkeypatch.setattr(docker_engine, "_NOT_AGAIN_SECONDS", 0.0)  # the next `up` would be a process of its own
    made = Stack(tmp_path, World())
    yield made
    made.destroy()
    assert existing(remote) == []


def existing(remote: Remote) -> list[str]:
    """The containers there."""
    return list(remote.host.containers())


def await_running(remote: Remote) -> None:
    """What ran before its engine was killed is started by that engine, after it answers."""
    deadline = time.monotonic() + 30
    while set(remote.host.containers().values()) != {"running"}:
        assert time.monotonic() < deadline, remote.host.containers()
        time.sleep(0.1)


def provider(remote: Remote, way: str) -> docker.Provider:
    if way == "local":
        return docker.Provider("there", host=remote.host.socket)
    found = remote.declared(way)
    return docker.Provider(
        "there",
        host=found["docker"],
        cert_path=found.get("certPath"),
        ssh_opts=list(ssh_options(found.get("sshConfig", ""))) or None,
    )


def declare(remote: Remote, way: str, image: str, count: int = len(NAMES)) -> None:
    there = pulumi.ResourceOptions(provider=provider(remote, way))
    labels = [docker.ContainerLabelArgs(label="aqdata.test", value="killed")]
    network = docker.Network("net", name="killed-net", driver="bridge", opts=there)
    for name in NAMES[:count]:
        docker.Container(
            name,
            name=name,
            image=image,
            command=["sleep", "600"],
            network_mode=network.name,
            labels=labels,
            must_run=True,
            restart="unless-stopped",
            destroy_grace_seconds=1,
            opts=pulumi.ResourceOptions.merge(there, pulumi.ResourceOptions(delete_before_replace=True)),
        )


def kill_when(remote: Remote, count: int) -> threading.Thread:
    """Kill the engine as soon as there are that many containers."""

    def work() -> None:
        deadline = time.monotonic() + 60
        while len(existing(remote)) < count and time.monotonic() < deadline:
            time.sleep(0.005)
        remote.host.kill()

    thread = threading.Thread(target=work)
    thread.start()
    return thread


def finish(stack: Stack, remote: Remote, way: str, image: str) -> int:
    """`up` until it succeeds; in how many attempts."""
    for attempt in range(1, ATTEMPTS):
        with suppress(ResourceError):
            stack.up(lambda: declare(remote, way, image), parallel=4)
            return attempt
    pytest.fail("\n".join(stack.said))


@pytest.fixture
def there(remote: Remote) -> Iterator[str]:
    """The id of the tiny image on the engine, which runs again at the end."""
    yield str(remote.host.client.images.get("aqdata-test/busybox:1").id)
    with suppress(DockerException):
        remote.host.client.ping()
        return
    remote.host.start()


@pytest.mark.parametrize("way", ["local", "tcp", "ssh"])
@pytest.mark.parametrize("count", [1, 4])
def test_the_next_up_completes_what_a_killed_engine_left(
    stack: Stack, remote: Remote, there: str, way: str, count: int
) -> None:
    killer = kill_when(remote, count)
    with pytest.raises(ResourceError, match="failed"):
        stack.up(lambda: declare(remote, way, there), parallel=4)
    killer.join()
    assert any("Docker" in said and "answer" in said for said in stack.said), stack.said
    remote.host.start()
    assert finish(stack, remote, way, there) == 1, stack.said
    assert existing(remote) == NAMES
    await_running(remote)
    assert stack.up(lambda: declare(remote, way, there)).has_changes is False
    assert "pending_operations" not in stack.state


def test_an_engine_that_is_not_back_yet_is_told_of_and_harms_nothing(stack: Stack, remote: Remote, there: str) -> None:
    killer = kill_when(remote, 2)
    with pytest.raises(ResourceError):
        stack.up(lambda: declare(remote, "tcp", there), parallel=4)
    killer.join()
    before = {each["type"] for each in stack.state.get("pending_operations", [])}
    with pytest.raises(ResourceError):
        stack.up(lambda: declare(remote, "tcp", there), parallel=4)
    assert before <= {each["type"] for each in stack.state.get("pending_operations", [])}
    remote.host.start()
    assert finish(stack, remote, "tcp", there) == 1, stack.said
    assert existing(remote) == NAMES


def test_a_destroy_that_was_cut_short_is_finished(stack: Stack, remote: Remote, there: str) -> None:
    stack.up(lambda: declare(remote, "local", there), parallel=4)

    def fewer() -> None:
        while len(existing(remote)) > 6:
            time.sleep(0.005)
        remote.host.kill()

    killer = threading.Thread(target=fewer)
    killer.start()
    with pytest.raises(ResourceError):
        stack.destroy(parallel=4)
    killer.join()
    remote.host.start()
    stack.destroy()
    assert existing(remote) == []
