"""How a restore in place that failed puts back what was there, in the directories that it left at each of its steps."""

import docker
import pytest

from infra.backup.restore.in_place import _PUT_BACK
from infra.backup.room import DATA
from infra.host.progress import silent
from infra.images.build import ensure_images
from infra.images.recipes import current_tags

pytestmark = pytest.mark.docker
MARK = "aqstream-restoring"


def left(directories: dict[str, list[str]]) -> dict[str, str]:
    """Directory -> its files, after the script ran over directories with these files."""
    made = [
        f"mkdir {DATA}/{name} && touch {' '.join(f'{DATA}/{name}/{file}' for file in files)}"
        for name, files in directories.items()
    ]
    shown = f"cd {DATA} && for each in *; do echo $each $(ls $each); done"
    ensure_images(["postgres"], silent)
    output = docker.from_env().containers.run(
        current_tags()["postgres"],
        entrypoint=["sh", "-c", "\n".join(["set -e", *made, f"({_PUT_BACK})", shown])],
        tmpfs={DATA: "rw,uid=999,gid=999,mode=0700"},
        user="999:999",
        remove=True,
    )
    return dict(line.split(" ", 1) for line in output.decode().splitlines())


@pytest.mark.parametrize(
    "directories",
    [
        pytest.param({"data": ["former"], "data.fetched": ["restored"]}, id="fetched"),
        pytest.param({"data": ["former"], "data.fetched": ["restored", MARK]}, id="marked"),
        pytest.param({"data": ["restored", MARK], "data.fetched": ["former"]}, id="exchanged"),
        pytest.param({"data": ["restored", MARK], "data.before-restore": ["former"]}, id="recovered"),
    ],
)
def test_what_was_there_is_back_and_nothing_is_left(directories: dict[str, list[str]]) -> None:
    assert left(directories) == {"data": "former"}


def test_once_the_restored_directory_is_released_the_only_copy_of_what_was_there_stays() -> None:
    released = {"data": ["restored"], "data.before-restore": ["former"]}
    assert left(released) == {"data": "restored", "data.before-restore": "former"}
