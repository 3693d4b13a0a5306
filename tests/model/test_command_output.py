"""What a command writes arrives whole, however late this process gets to read it."""

import http.client
import time
from collections.abc import Iterator

import docker
import pytest
from docker.errors import APIError
from docker.models.containers import Container

from infra.backup.container import execute
from infra.host.progress import silent
from infra.images.build import ensure_images
from infra.model.command_output import STDERR, STDOUT, frames
from policies.sources.live.backups import Commands
from tests.servers.container import LABEL

pytestmark = pytest.mark.docker


@pytest.fixture(scope="module")
def container() -> Iterator[Container]:
    image = ensure_images(["base"], silent)["base"]
    made = docker.from_env().containers.run(image, ["sleep", "600"], detach=True, init=True, labels={LABEL: "output"})
    yield made
    made.remove(force=True)


@pytest.fixture
def busy(monkeypatch: pytest.MonkeyPatch) -> None:
    """This process reads an answer's first line only after the command has ended."""
    read = http.client.HTTPResponse._read_status  # type: ignore[attr-defined]

    def late(answer: http.client.HTTPResponse) -> object:
        time.sleep(0.5)
        return read(answer)

    monkeypatch.setattr(http.client.HTTPResponse, "_read_status", late)


@pytest.mark.usefixtures("busy")
def test_nothing_is_lost_of_what_was_written_before_the_headers_were_read(container: Container) -> None:
    command = ["sh", "-c", "echo out; echo err >&2; exit 3"]
    ended = execute(str(container.name), command)
    assert (ended.output, ended.errors, ended.code) == ("out\n", "err\n", 3)
    assert Commands(str(container.name))(["echo", "out"]) == "out\n"


def test_a_megabyte_arrives_in_order(container: Container) -> None:
    ended = execute(str(container.name), ["seq", "150000"])
    assert ended.output.split() == [str(number) for number in range(1, 150_001)]


def test_streams_are_told_apart(container: Container) -> None:
    api = docker.from_env().api
    identifier = api.exec_create(container.id, ["sh", "-c", "echo out; echo err >&2"])["Id"]
    assert sorted(frames(api, identifier)) == [(STDOUT, b"out\n"), (STDERR, b"err\n")]


def test_a_command_that_is_not_there_is_an_error_of_the_engine() -> None:
    with pytest.raises(APIError, match="No such exec"):
        list(frames(docker.from_env().api, "0" * 64))
