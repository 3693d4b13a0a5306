"""Images go to a real registry and come back by digest."""

import secrets
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import docker
import pytest
from docker.errors import ImageNotFound

from infra.host.progress import silent
from infra.images.build import ensure_images
from infra.images.pull import BUILD, ensure_chosen
from infra.images.push import push_images
from infra.images.recipes import current_tags, read_catalogue
from infra.model.errors import ResourceError
from tests.servers.container import LABEL, free_port

_REGISTRY = "# build-space: 200 MB\nFROM {base}\nRUN apt-install docker-registry\n"


@pytest.fixture(scope="module")
def client() -> Iterator[docker.DockerClient]:
    client = docker.from_env()
    yield client
    client.close()


@pytest.fixture(scope="module")
def registry(client: docker.DockerClient, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Debian's docker-registry on a free local port; it keeps nothing."""
    folder, name = tmp_path_factory.mktemp("recipes"), f"t-registry-{secrets.token_hex(4)}"
    image, port = _registry_image(folder), free_port()
    container = client.containers.run(
        image,
        ["docker-registry", "serve", "/etc/docker/registry/config.yml"],
        name=name,
        labels={LABEL: name},
        detach=True,
        environment={"REGISTRY_AUTH": "", "REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY": "/var/lib/docker-registry"},
        ports={"5000/tcp": ("127.0.0.1", port)},
    )
    try:
        _wait_for(f"http://127.0.0.1:{port}/")
        yield f"127.0.0.1:{port}"
    finally:
        container.remove(force=True, v=True)
        client.images.remove(image, force=True)


def _registry_image(folder: Path) -> str:
    ensure_images(["base"], silent)
    (folder / "t-registry").mkdir()
    (folder / "t-registry" / "Dockerfile").write_text(_REGISTRY.format(base=current_tags()["base"]))
    return ensure_images(["t-registry"], silent, read_catalogue(folder))["t-registry"]


def _wait_for(url: str) -> None:
    for _ in range(100):
        try:
            urllib.request.urlopen(url, timeout=1)  # noqa: S310 a fixed http address
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.1)
        else:
            return
    pytest.fail(f"{url} does not answer")


@pytest.mark.docker
@pytest.mark.long
def test_a_pushed_image_comes_back_by_its_digest(client: docker.DockerClient, registry: str) -> None:
    image_id = ensure_images(["redis"], silent)["redis"]
    reference = push_images(["redis"], f"{registry}/platform/", silent)["redis"]
    assert reference.startswith(f"{registry}/platform/aqstream/redis@sha256:")
    client.images.remove(f"{registry}/platform/{current_tags()['redis']}")
    with pytest.raises(ImageNotFound):
        client.images.get(reference)
    try:
        assert ensure_chosen({"redis": reference, "minio": BUILD}, silent)["redis"] == image_id
        told: list[str] = []
        ensure_chosen({"redis": reference}, told.append)
        assert told == []
    finally:
        client.images.remove(reference)


@pytest.mark.docker
def test_a_registry_that_does_not_answer_is_named() -> None:
    nowhere = f"127.0.0.1:{free_port()}"
    digest = f"sha256:{'0' * 64}"
    with pytest.raises(ResourceError, match="could not be pulled") as refusal:
        ensure_chosen({"redis": f"{nowhere}/aqstream/redis@{digest}"}, silent)
    assert nowhere in refusal.value.message
    assert "images:" in refusal.value.hint
