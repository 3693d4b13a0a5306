"""The root file system is made from the distribution's mirror where no registry answers."""

import os
from collections.abc import Iterator
from pathlib import Path

import docker
import pytest

from infra.host.docker_api import reach
from infra.host.progress import silent
from infra.images import root
from infra.images.recipes import project_catalogue
from infra.images.root import make_root
from infra.model.errors import PrerequisiteMissing

TAG = f"aqstream/t-root:{os.getpid()}"
RECIPE = project_catalogue().recipes["root"]


@pytest.fixture
def unreachable_registry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(root, "_pulled", lambda _reference, _tag: False)


@pytest.fixture
def client() -> Iterator[docker.DockerClient]:
    client = docker.from_env()
    yield client
    if client.images.list(name=TAG):
        client.images.remove(TAG, force=True)
    client.close()


@pytest.fixture
def parent_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(root, "_PARENT_FOLDER", tmp_path)
    return tmp_path


@pytest.mark.docker
@pytest.mark.long
@pytest.mark.skipif(os.geteuid() != 0, reason="debootstrap needs root")
@pytest.mark.usefixtures("unreachable_registry")
def test_debootstrap_makes_a_slim_root_and_leaves_no_folder(client: docker.DockerClient, parent_folder: Path) -> None:
    abandoned = parent_folder / "root-999999999"
    abandoned.mkdir()
    make_root(reach(timeout=600), RECIPE, TAG, silent)
    assert list(parent_folder.iterdir()) == []
    assert client.containers.run(TAG, ["cat", "/etc/debian_version"], remove=True).startswith(b"13")
    assert client.containers.run(TAG, ["ls", "/usr/share/doc", "/var/lib/apt/lists"], remove=True).split() == [
        b"/usr/share/doc:",
        b"/var/lib/apt/lists:",
    ]


@pytest.mark.docker
@pytest.mark.usefixtures("unreachable_registry")
def test_without_debootstrap_the_way_out_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(PrerequisiteMissing, match="No image registry answers") as refusal:
        make_root(reach(), RECIPE, TAG, silent)
    assert "apt-get install --yes debootstrap" in refusal.value.hint
    assert "by digest" in refusal.value.hint
