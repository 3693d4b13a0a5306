"""Builds on a real engine: once, resumed, side by side, stopped, and failed with a reason."""

import secrets
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from docker import APIClient
from docker.errors import APIError

from infra.host.docker_api import reach
from infra.host.progress import silent
from infra.images.build import ensure_images
from infra.images.catalogue import Catalogue
from infra.images.present import image_sizes
from infra.images.recipes import current_tags, read_catalogue
from infra.model.errors import ResourceError

pytestmark = pytest.mark.docker
Write = Callable[..., Catalogue]
MARK = f"aqstream.test={secrets.token_hex(4)}"
"""Labels what this run builds: a build that fails on purpose leaves its finished steps without a name."""


@pytest.fixture
def api() -> APIClient:
    return reach()


@pytest.fixture
def write(api: APIClient, tmp_path: Path) -> Iterator[Write]:
    """Write Dockerfiles as a folder of recipes, image names as keywords; built images are removed."""
    ensure_images(["base"], silent)
    names: set[str] = set()

    def write_recipes(**dockerfiles: str) -> Catalogue:
        for name, dockerfile in dockerfiles.items():
            (tmp_path / name).mkdir(exist_ok=True)
            (tmp_path / name / "Dockerfile").write_text(dockerfile)
        names.update(dockerfiles)
        return read_catalogue(tmp_path)

    yield write_recipes
    for tag in [tag for tag in image_sizes(api) if tag.split("/")[-1].split(":")[0] in names]:
        api.remove_image(tag, force=True)
    for image in api.images(filters={"dangling": True, "label": MARK}):
        with suppress(APIError):  # a step below another one goes with it
            api.remove_image(image["Id"])


@pytest.fixture
def name() -> str:
    return f"t{secrets.token_hex(4)}"


def _from_base(steps: str) -> str:
    return f"FROM {current_tags()['base']}\nLABEL {MARK} aqstream.build={secrets.token_hex(4)}\n{steps}\n"


def test_a_missing_image_is_built_with_its_parent_and_then_left_alone(write: Write, name: str) -> None:
    parent = f"{name}parent"
    child = f"ARG {parent.upper()}_IMAGE\nFROM ${{{parent.upper()}_IMAGE}}\nRUN test -e /mark\n"
    catalogue = write(**{name: child, parent: _from_base("RUN touch /mark")})
    first: list[str] = []
    built = ensure_images([name], first.append, catalogue)
    assert [line for line in first if "built" in line] == [
        f"{parent}: built {catalogue.tag(parent)}",
        f"{name}: built {catalogue.tag(name)}",
    ]
    again: list[str] = []
    assert ensure_images([name], again.append, catalogue) == built
    assert again == []


def test_two_at_once_build_once(write: Write, name: str) -> None:
    catalogue = write(**{name: _from_base("RUN sleep 1")})
    lines: list[str] = []
    threads = [threading.Thread(target=ensure_images, args=([name], lines.append, catalogue)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert f"{name}: another process builds it, waiting" in lines
    assert len([line for line in lines if "built" in line]) == 1


def test_a_failed_step_says_why_and_finished_steps_are_kept(write: Write, name: str) -> None:
    steps = _from_base("RUN sleep 2\n")
    with pytest.raises(ResourceError) as failure:
        ensure_images([name], silent, write(**{name: f"{steps}RUN echo because && exit 7\n"}))
    assert "non-zero code: 7" in failure.value.message
    assert "because" in failure.value.message
    start = time.monotonic()
    ensure_images([name], silent, write(**{name: f"{steps}RUN true\n"}))
    assert time.monotonic() - start < 2


def test_a_disk_that_fills_up_is_named(write: Write, name: str) -> None:
    filling = _from_base("RUN head -c 200000000 /dev/zero >/dev/shm/full")
    with pytest.raises(ResourceError, match=f"The disk filled up while the image '{name}' was built"):
        ensure_images([name], silent, write(**{name: filling}))


_STOPPABLE = """
import sys
from pathlib import Path
from infra.images.build import ensure_images
from infra.images.recipes import read_catalogue
ensure_images([sys.argv[1]], lambda line: print(line, flush=True), read_catalogue(Path(sys.argv[2])))
"""


def test_ctrl_c_stops_the_running_step(write: Write, name: str, api: APIClient, tmp_path: Path) -> None:
    write(**{name: _from_base(f"RUN : {name} && sleep 300")})
    command = [sys.executable, "-c", _STOPPABLE, name, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as build:
        _wait_for(lambda: _running(api, name))
        build.send_signal(signal.SIGINT)
        assert build.wait(timeout=10) != 0
    _wait_for(lambda: not _running(api, name))


def _running(api: APIClient, name: str) -> bool:
    return any(name in container["Command"] for container in api.containers())


def _wait_for(condition: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_stack_images_hold_neither_compiler_nor_host_certificates(api: APIClient) -> None:
    for name, image in ensure_images(["postgres", "redis", "minio"], silent).items():
        container = api.create_container(image, entrypoint=["/usr/bin/find", "/"], command=[
            "-xdev", "(", "-name", "*aqstream-host*", "-o", "-name", "go-1.*", ")"])  # fmt: skip
        try:
            api.start(container)
            assert api.wait(container)["StatusCode"] in {0, 1}
            assert api.logs(container, stderr=False) == b"", name
        finally:
            api.remove_container(container, force=True)
