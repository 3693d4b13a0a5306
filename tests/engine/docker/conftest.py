"""A provider on the real Docker Engine, a tiny image, and names of our own that are cleaned up."""

from __future__ import annotations

import asyncio
import io
import secrets
import shutil
import socket
import tarfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from docker import APIClient
from docker.errors import ImageNotFound, NotFound
from pulumi.provider.experimental import provider as protocol

from infra.engine.embedded.docker.property_values import boxed, plain_properties
from infra.engine.embedded.docker.provider import DockerProvider
from infra.host.programs_of_tests import install_command

IMAGE = "aqdata-test/busybox:1"
URN = "urn:pulumi:t::aqstream::{type}::{name}"
TYPES = {
    "container": "docker:index/container:Container",
    "network": "docker:index/network:Network",
    "volume": "docker:index/volume:Volume",
    "image": "docker:index/remoteImage:RemoteImage",
}


class Resources:
    """Runs one resource at a time through the provider, as an engine does."""

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix
        self.provider = DockerProvider()

    def name(self, tail: str) -> str:
        return f"{self.prefix}-{tail}"

    def labels(self) -> list[dict[str, str]]:
        return [{"label": "aqdata.test", "value": self.prefix}]

    def check(self, noun: str, inputs: dict[str, Any]) -> dict[str, Any]:
        boxed_inputs = {key: boxed(value) for key, value in inputs.items()}
        request = protocol.CheckRequest(URN.format(type=TYPES[noun], name="x"), {}, boxed_inputs, b"\1" * 32)
        answer = asyncio.run(self.provider.check(request))
        assert not answer.failures, [(failure.property, failure.reason) for failure in answer.failures]
        return dict(answer.inputs or {})

    def create(self, noun: str, **inputs: Any) -> tuple[str, dict[str, Any]]:
        request = protocol.CreateRequest(URN.format(type=TYPES[noun], name="x"), self.check(noun, inputs), 0, False)
        answer = asyncio.run(self.provider.create(request))
        return answer.resource_id or "", plain_properties(answer.properties)

    def diff(self, noun: str, state: dict[str, Any], **inputs: Any) -> protocol.DiffResponse:
        old = {key: boxed(value) for key, value in state.items()}
        request = protocol.DiffRequest(URN.format(type=TYPES[noun], name="x"), "id", old, self.check(noun, inputs), [])
        return asyncio.run(self.provider.diff(request))

    def read(self, noun: str, identifier: str, state: dict[str, Any], **inputs: Any) -> tuple[str, dict[str, Any]]:
        old = {key: boxed(value) for key, value in state.items()}
        urn = URN.format(type=TYPES[noun], name="x")
        request = protocol.ReadRequest(urn, identifier, old, self.check(noun, inputs))
        answer = asyncio.run(self.provider.read(request))
        return answer.resource_id or "", plain_properties(answer.properties)

    def update(self, noun: str, identifier: str, state: dict[str, Any], **inputs: Any) -> dict[str, Any]:
        old = {key: boxed(value) for key, value in state.items()}
        urn = URN.format(type=TYPES[noun], name="x")
        request = protocol.UpdateRequest(urn, identifier, old, self.check(noun, inputs), 0, [], False)
        return plain_properties(asyncio.run(self.provider.update(request)).properties)

    def delete(self, noun: str, identifier: str, state: dict[str, Any]) -> None:
        old = {key: boxed(value) for key, value in state.items()}
        urn = URN.format(type=TYPES[noun], name="x")
        asyncio.run(self.provider.delete(protocol.DeleteRequest(urn, identifier, old, 0)))

    def adopt(self, noun: str, **inputs: Any) -> str | None:
        return asyncio.run(self.provider.adopt(TYPES[noun], "urn", self.check(noun, inputs)))


@pytest.fixture(scope="session")
def api() -> Iterator[APIClient]:
    """A client of the real engine, for looking behind the provider's back."""
    client = APIClient(version="auto")
    yield client
    client.close()


@pytest.fixture(scope="session")
def image(api: APIClient) -> str:
    """The id of an image that holds nothing but a static busybox."""
    with suppress(ImageNotFound):
        return str(api.inspect_image(IMAGE)["Id"])
    binary = Path(shutil.which("busybox") or pytest.fail(install_command("busybox-static")))
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        archive.add(binary.resolve(), "bin/busybox")
        for tool in ("sh", "sleep", "cat", "test", "touch", "nc", "true", "false"):
            link = tarfile.TarInfo(f"bin/{tool}")
            link.type, link.linkname = tarfile.SYMTYPE, "busybox"
            archive.addfile(link)
    repository, tag = IMAGE.split(":")
    changes = ["ENV PATH=/bin", "ENV FROM_IMAGE=1", "LABEL from.image=1"]
    api.import_image_from_data(buffer.getvalue(), repository, tag, changes=changes)
    return str(api.inspect_image(IMAGE)["Id"])


@pytest.fixture
def resources(api: APIClient) -> Iterator[Resources]:
    """The provider; everything whose name starts with its prefix is removed afterwards."""
    harness = Resources(f"t-docker-{secrets.token_hex(4)}")
    yield harness
    _remove_all(api, harness.prefix)


def _remove_all(api: APIClient, prefix: str) -> None:
    for container in api.containers(all=True, filters={"name": prefix}):
        with suppress(NotFound):
            api.remove_container(container["Id"], force=True, v=True)
    for network in api.networks(names=[prefix]):
        with suppress(NotFound):
            api.remove_network(network["Id"])
    for volume in api.volumes(filters={"name": prefix})["Volumes"] or []:
        with suppress(NotFound):
            api.remove_volume(volume["Name"], force=True)


@pytest.fixture
def free_port() -> int:
    """A TCP port of this machine that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
