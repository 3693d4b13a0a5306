"""Files in a volume, and a container's process limit, against a real Docker Engine."""

import secrets
import time
from collections.abc import Iterator
from contextlib import suppress

import docker
import pytest
from docker.errors import NotFound
from docker.models.containers import Container
from docker.models.volumes import Volume

from infra.host.progress import silent
from infra.images.build import ensure_images
from infra.model.errors import ResourceError
from infra.provider.files import FilesInputs, FilesType, Notify
from infra.provider.pids_limit import PidsLimitInputs, PidsLimitType
from tests.servers.container import LABEL

pytestmark = pytest.mark.docker
FILES = FilesType()


@pytest.fixture(scope="module")
def image() -> str:
    return ensure_images(["base"], silent)["base"]


@pytest.fixture
def volume() -> Iterator[Volume]:
    made = docker.from_env().volumes.create(f"t-files-{secrets.token_hex(4)}", labels={LABEL: "files"})
    yield made
    made.remove(force=True)


@pytest.fixture
def container(image: str, volume: Volume) -> Iterator[Container]:
    """Counts the SIGHUPs it gets in its log, and can read the volume."""
    script = "trap 'echo again' HUP; echo ready; while :; do sleep 0.05; done"
    made = docker.from_env().containers.create(
        image,
        ["sh", "-c", script],
        name=f"{volume.name}-reader",
        labels={LABEL: "files"},
        user="999:999",
        volumes={str(volume.name): {"bind": "/files", "mode": "ro"}},
    )
    try:
        made.start()
        yield made
    finally:
        made.remove(force=True)


def inputs(image: str, volume: Volume, files: dict[str, str], notify: str = "") -> FilesInputs:
    signal = Notify(container=notify) if notify else None
    return FilesInputs(volume=str(volume.name), image=image, files=files, uid=999, gid=999, notify=signal)


def output(container: Container, *command: str) -> str:
    written = container.exec_run(list(command), user="999:999").output
    assert isinstance(written, bytes)
    return written.decode()


def test_files_belong_to_the_containers_user_alone(image: str, volume: Volume, container: Container) -> None:
    FILES.create(inputs(image, volume, {"tls/server.key": "k", "server.conf": "c"}))
    assert output(container, "stat", "-c", "%a %u:%g", "/files/tls/server.key") == "400 999:999\n"
    assert output(container, "stat", "-c", "%a %u:%g", "/files/tls") == "500 999:999\n"
    assert output(container, "cat", "/files/tls/server.key", "/files/server.conf") == "kc"
    stranger = container.exec_run(["cat", "/files/tls/server.key"], user="12345:12345")
    assert stranger.exit_code != 0


def test_a_file_has_the_time_at_which_it_was_written(image: str, volume: Volume, container: Container) -> None:
    """Who looks at its time, size and inode has to see that it is another one; size and inode may be the same."""
    before = int(time.time())
    FILES.create(inputs(image, volume, {"users.txt": "old"}))
    assert int(output(container, "stat", "-c", "%Y", "/files/users.txt")) >= before


def test_an_update_changes_files_in_place_and_tells_the_container(
    image: str, volume: Volume, container: Container
) -> None:
    old = inputs(image, volume, {"a": "1", "gone": "secret"})
    FILES.create(old)
    new = inputs(image, volume, {"a": "2"}, notify=str(container.name))
    FILES.update(str(volume.name), old.model_dump(by_alias=True), new)
    assert output(container, "cat", "/files/a") == "2"
    assert output(container, "cat", "/files/gone") == ""
    assert output(container, "sh", "-c", "sleep 0.3") == ""
    assert "again" in container.logs().decode()


@pytest.fixture
def left(image: str, volume: Volume) -> Iterator[Container]:
    """What a killed engine left of a write: it holds the volume, and is not `created` any more."""
    made = docker.from_env().containers.create(
        image, ["true"], labels={LABEL: "files", "aqstream.holds": str(volume.name)}, volumes=[f"{volume.name}:/files"]
    )
    made.start()
    made.wait()
    yield made
    with suppress(NotFound):
        made.remove(force=True)


def test_what_a_killed_engine_left_of_a_write_is_removed_by_the_next(
    image: str, volume: Volume, left: Container
) -> None:
    FILES.create(inputs(image, volume, {"a": "1"}))
    with pytest.raises(NotFound):
        left.reload()


def test_nothing_of_deleted_files_holds_their_volume(volume: Volume, left: Container) -> None:
    FILES.delete(str(volume.name), {})
    with pytest.raises(NotFound):
        left.reload()


def test_a_stopped_container_is_not_told(image: str, volume: Volume, container: Container) -> None:
    container.stop(timeout=0)
    old = inputs(image, volume, {"a": "1"})
    FILES.create(old)
    FILES.update(
        str(volume.name), old.model_dump(by_alias=True), inputs(image, volume, {"a": "2"}, str(container.name))
    )


def test_reading_finds_what_somebody_changed(image: str, volume: Volume, container: Container) -> None:
    declared = inputs(image, volume, {"a": "1", "b": "2"})
    FILES.create(declared)
    state = declared.model_dump(by_alias=True)
    assert FILES.read(str(volume.name), state, declared) == state
    FILES.create(inputs(image, volume, {"a": "changed"}))
    found = FILES.read(str(volume.name), state, declared)
    assert found is not None
    assert found["files"] == {"a": "changed", "b": "2"}


def test_no_helper_container_stays(image: str, volume: Volume) -> None:
    FILES.create(inputs(image, volume, {"a": "1"}))
    users = docker.from_env().containers.list(all=True, filters={"volume": volume.name})
    assert users == []


def test_a_missing_image_is_named(volume: Volume) -> None:
    with pytest.raises(ResourceError, match=f"files of volume {volume.name}: No such image"):
        FILES.create(inputs("aqstream/none:000000000000", volume, {"a": "1"}))


def test_a_process_limit_is_set_and_read_on_a_running_container(container: Container) -> None:
    limit = PidsLimitInputs(container=str(container.id), pids=64)
    made = PidsLimitType().create(limit)
    read = "cat /sys/fs/cgroup/pids/pids.max 2>/dev/null || cat /sys/fs/cgroup/pids.max"  # cgroup v1, else v2
    assert output(container, "sh", "-c", read) == "64\n"
    PidsLimitType().update(made.id, {}, PidsLimitInputs(container=str(container.id), pids=128))
    found = PidsLimitType().read(made.id, limit.model_dump(by_alias=True), limit)
    assert found is not None
    assert found["pids"] == 128


def test_a_process_limit_of_a_missing_container_is_an_error_with_its_name() -> None:
    with pytest.raises(ResourceError, match="pids limit of container 000000000000"):
        PidsLimitType().create(PidsLimitInputs(container="0" * 64, pids=64))


def test_what_a_killed_run_left_on_the_volume_goes_with_the_next_write(image: str, volume: Volume) -> None:
    left = docker.from_env().containers.create(
        image,
        ["none"],
        labels={"aqstream.holds": str(volume.name)},
        volumes={str(volume.name): {"bind": "/files", "mode": "rw"}},
    )
    FILES.create(inputs(image, volume, {"a.conf": "a"}))
    assert left.id not in {each.id for each in docker.from_env().containers.list(all=True)}
