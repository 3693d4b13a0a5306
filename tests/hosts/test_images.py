"""A stack's images reach its hosts by a command, and what a host lacks is said by name."""

import secrets
from collections.abc import Iterator

import pytest
from docker import APIClient
from docker.errors import ImageNotFound

from infra.host.progress import silent
from infra.images.hosts import copy_images, look
from infra.model.errors import ConfigurationError, HostUnreachable, ResourceError
from infra.model.hosts import Host
from infra.model.loading import load_stack
from infra.model.stack import Stack
from tests.engine.docker.conftest import IMAGE
from tests.hosts.conftest import Remote
from tests.servers.container import free_port

pytestmark = pytest.mark.docker
HOST = "db1"


def host(remote: Remote, way: str) -> Host:
    return Host.model_validate(remote.declared(way) | {"address": remote.host.address})


def silent_host() -> Host:
    return Host.model_validate({"docker": f"ssh://root@127.0.0.1:{free_port()}", "address": "127.0.0.1"})


def spread(**hosts: Host) -> Stack:
    return load_stack("dev").model_copy(update={"hosts": hosts})


@pytest.fixture
def reference(api: APIClient, remote: Remote) -> Iterator[str]:
    """An image of this machine that the other one does not have."""
    name = f"aqdata-test/carried-{secrets.token_hex(4)}"
    container = api.create_container(IMAGE, ["true"])["Id"]
    api.commit(container, name, "1", changes=[f"LABEL t={name}"])
    api.remove_container(container)
    yield f"{name}:1"
    for client in (api, remote.host.client.api):
        try:
            client.remove_image(f"{name}:1", force=True)
        except ImageNotFound:
            continue


@pytest.mark.parametrize("way", ["tcp", "ssh"])
def test_an_image_is_copied_once(remote: Remote, reference: str, way: str) -> None:
    stack, told = spread(db1=host(remote, way)), list[str]()
    with pytest.raises(ConfigurationError) as refused:
        look(stack, [reference]).require("prod")
    assert f"{reference} on {HOST}" in refused.value.message
    assert refused.value.hint == "aqdata images copy --stack prod"
    assert copy_images(stack, [reference], [HOST], told.append) == {HOST: 1}
    assert any(HOST in line and reference in line for line in told)
    assert copy_images(stack, [reference], [HOST], silent) == {HOST: 0}
    assert look(stack, [reference]).require("prod").keys() == {reference}


def test_another_image_of_the_same_name_is_replaced(remote: Remote, reference: str, api: APIClient) -> None:
    stack, there = spread(db1=host(remote, "tcp")), remote.host.client
    repository, _, tag = reference.rpartition(":")
    there.images.get(IMAGE).tag(repository, tag)
    assert copy_images(stack, [reference], [HOST], silent) == {HOST: 1}
    assert there.images.get(reference).id == api.inspect_image(reference)["Id"]


def test_an_image_that_this_machine_does_not_have_is_named(remote: Remote) -> None:
    with pytest.raises(ResourceError, match="aqdata-test/nothing:1 is not on this machine"):
        copy_images(spread(db1=host(remote, "tcp")), ["aqdata-test/nothing:1"], [HOST], silent)


def test_a_silent_host_does_not_hide_the_others(remote: Remote) -> None:
    presence = look(spread(db1=host(remote, "tcp"), db2=silent_host()), [IMAGE])
    assert list(presence.silent) == ["db2"]
    assert presence.require("prod").keys() == {IMAGE}


def test_no_host_that_answers_is_an_error() -> None:
    with pytest.raises(HostUnreachable):
        look(spread(db1=silent_host()), [IMAGE])
