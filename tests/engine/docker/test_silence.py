"""An engine that stops answering: what may have been done is told apart from what certainly was not."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from docker import APIClient
from docker.errors import NotFound
from pulumi.provider.experimental import provider as protocol

from infra.engine.embedded.docker.property_values import boxed
from infra.model.errors import OutcomeUnknown, ResourceError
from tests.engine.docker.conftest import Resources
from tests.servers.losing_docker import LosingDocker, losing_docker

pytestmark = pytest.mark.docker


@pytest.fixture
def docker(
    tmp_path: Path, resources: Resources, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Iterator[LosingDocker]:
    """The engine that `resources` uses from now on; the parameter is whether it dies with the first lost answer."""
    with losing_docker(tmp_path / "docker.sock") as made:
        made.dies = getattr(request, "param", False)
        monkeypatch.setenv("DOCKER_HOST", made.url)
        arguments = protocol.ConfigureRequest({}, {"host": boxed("")}, True, True)
        asyncio.run(resources.provider.configure(arguments))
        yield made


def declared(resources: Resources, image: str, **more: Any) -> dict[str, Any]:
    return {
        "name": resources.name("c"),
        "image": image,
        "command": ["sleep", "600"],
        "labels": resources.labels(),
        "networkMode": "bridge",
        **more,
    }


def lost(resources: Resources, noun: str, **inputs: Any) -> OutcomeUnknown:
    with pytest.raises(OutcomeUnknown) as caught:
        resources.create(noun, **inputs)
    return caught.value


def back(resources: Resources, monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine answers again, on the machine's own socket."""
    monkeypatch.delenv("DOCKER_HOST")
    asyncio.run(resources.provider.configure(protocol.ConfigureRequest({}, {}, True, True)))


def test_nobody_listens(docker: LosingDocker, resources: Resources, image: str) -> None:
    docker.close()
    with pytest.raises(ResourceError, match="does not answer") as caught:
        resources.create("container", **declared(resources, image))
    assert not isinstance(caught.value, OutcomeUnknown)
    assert docker.url in caught.value.message
    assert "aqdata doctor" in caught.value.hint


def test_an_engine_that_hangs_up_on_whoever_connects(docker: LosingDocker, resources: Resources, image: str) -> None:
    docker.loses = "GET .*/version"
    with pytest.raises(ResourceError, match="does not answer") as caught:
        resources.create("container", **declared(resources, image))
    assert not isinstance(caught.value, OutcomeUnknown)


@pytest.mark.parametrize("docker", [False, True], indirect=True)
def test_a_container_whose_answer_is_lost_and_that_never_ran_is_made_anew(
    docker: LosingDocker, resources: Resources, image: str, api: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    docker.loses = "POST .*/containers/create"
    failure = lost(resources, "container", **declared(resources, image))
    assert "may be done or not" in failure.message
    assert "looks for what was begun" in failure.hint
    back(resources, monkeypatch)
    left = api.inspect_container(resources.name("c"))["Id"]
    assert resources.adopt("container", **declared(resources, image)) is None
    identifier, _ = resources.create("container", **declared(resources, image))
    assert identifier != left
    assert api.inspect_container(resources.name("c"))["State"]["Running"]


def test_what_cannot_be_removed_again_is_not_forgotten(
    docker: LosingDocker, resources: Resources, image: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    docker.loses, docker.dies = "POST .*/start", True
    lost(resources, "container", **declared(resources, image))
    back(resources, monkeypatch)
    assert resources.adopt("container", **declared(resources, image))
    with pytest.raises(ResourceError, match="this stack does not know it"):
        resources.create("container", **declared(resources, image))


def test_what_can_be_removed_again_leaves_nothing(
    docker: LosingDocker, resources: Resources, image: str, api: APIClient
) -> None:
    docker.loses = "POST .*/start"
    lost(resources, "container", **declared(resources, image))
    with pytest.raises(NotFound):
        api.inspect_container(resources.name("c"))


def test_a_container_that_was_stopped_and_not_removed(
    docker: LosingDocker, resources: Resources, image: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    identifier, state = resources.create("container", **declared(resources, image))
    docker.loses, docker.dies = "POST .*/stop", True
    with pytest.raises(OutcomeUnknown):
        resources.delete("container", identifier, state)
    back(resources, monkeypatch)
    found, outputs = resources.read("container", identifier, state, **declared(resources, image, mustRun=True))
    assert found == identifier
    assert outputs["mustRun"] is False


@pytest.mark.parametrize("noun", ["network", "volume"])
def test_networks_and_volumes_are_found_again(
    docker: LosingDocker, resources: Resources, monkeypatch: pytest.MonkeyPatch, noun: str
) -> None:
    docker.loses, docker.dies = f"POST .*/{noun}s/create", True
    inputs = {"name": resources.name("x"), "labels": resources.labels()}
    lost(resources, noun, **inputs)
    back(resources, monkeypatch)
    assert resources.adopt(noun, **inputs)


@pytest.mark.parametrize("noun", ["network", "volume"])
def test_a_lost_deletion_is_not_certain(docker: LosingDocker, resources: Resources, noun: str) -> None:
    identifier, state = resources.create(noun, name=resources.name("x"), labels=resources.labels())
    docker.loses = f"DELETE .*/{noun}s/"
    with pytest.raises(OutcomeUnknown):
        resources.delete(noun, identifier, state)
    assert resources.read(noun, identifier, state, name=resources.name("x"), labels=resources.labels())[0] == ""


def test_an_engine_that_comes_back_is_connected_to_anew(docker: LosingDocker, resources: Resources, image: str) -> None:
    docker.loses = "POST .*/containers/create"
    lost(resources, "container", **declared(resources, image))
    docker.loses = ""
    identifier, _ = resources.create("container", **declared(resources, image, name=resources.name("d")))
    assert identifier
