"""A folder with exports: nobody but its owner gets at them on the host, and the user of the servers may read them."""

import os
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest

from infra.backup.export import Entry
from infra.backup.export_targets import Folder
from infra.model.errors import ResourceError

NAME = "postgres-user/backup/postgres-user/backup.info"


@pytest.fixture(params=[0o022, 0o077], ids=oct, autouse=True)
def umask(request: pytest.FixtureRequest) -> Iterator[None]:
    former = os.umask(request.param)
    yield
    os.umask(former)


def test_an_instances_own_folder_is_closed_and_what_lies_below_is_open(tmp_path: Path) -> None:
    root = tmp_path / "new" / "second"
    Folder(root).write(NAME, BytesIO(b"encrypted"), Entry(9, 1_700_000_000))
    modes = {str(path.relative_to(root)): path.stat().st_mode & 0o777 for path in root.rglob("*")}
    assert modes == {
        "postgres-user": 0o700,
        "postgres-user/backup": 0o755,
        "postgres-user/backup/postgres-user": 0o755,
        NAME: 0o644,
    }


def test_a_folder_that_was_there_keeps_its_mode(tmp_path: Path) -> None:
    (tmp_path / "postgres-user").mkdir(mode=0o750)
    before = (tmp_path / "postgres-user").stat().st_mode
    Folder(tmp_path).write(NAME, BytesIO(b"encrypted"), Entry(9, 1_700_000_000))
    assert (tmp_path / "postgres-user").stat().st_mode == before


def test_what_the_disk_refuses_is_said_of_its_file(tmp_path: Path) -> None:
    (tmp_path / "postgres-user").write_text("no folder")
    with pytest.raises(ResourceError, match=f"{NAME}: "):
        Folder(tmp_path).write(NAME, BytesIO(), Entry(0, 0))
    with pytest.raises(ResourceError, match=f"{NAME}: Not a directory"):
        Folder(tmp_path).remove(NAME)
