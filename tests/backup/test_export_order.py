"""A backup that ends while a repository is exported: the copy's indexes name nothing that the copy does not have."""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO, cast

import pytest
from minio import Minio

from infra.backup.export import PARALLEL, Entry, export
from infra.backup.export_targets import Folder
from infra.model.errors import ResourceError

INSTANCE = "postgres-user"
FOLDER = f"{INSTANCE}/backup/{INSTANCE}"
INDEXES = (f"{FOLDER}/backup.info", f"{FOLDER}/backup.info.copy")
SILENT: Callable[[str], None] = lambda _: None  # noqa: E731 a listener, not a function of its own
MOMENT = datetime(2026, 1, 1, tzinfo=UTC)


class Content(BytesIO):
    """An object's bytes as they are answered."""

    def release_conn(self) -> None:
        """Nothing holds a connection."""


class Found:
    """An object as it is listed."""

    def __init__(self, name: str, size: int) -> None:
        self.object_name, self.size, self.last_modified = name, size, MOMENT


class Repository:
    """An object store in which one more backup ends before the request of this number."""

    def __init__(self, ends_before: int) -> None:
        self._left = ends_before
        self._objects: dict[str, bytes] = {}
        self._end_backup("first")

    def list_objects(self, _: str, prefix: str, *, recursive: bool = False) -> Iterator[Any]:
        self._request()
        found = [name for name in self._objects if name.startswith(prefix)]
        return iter([Found(n, len(self._objects[n])) for n in found if recursive or "/" not in n.removeprefix(prefix)])

    def get_object(self, _: str, name: str) -> Content:
        self._request()
        return Content(self._objects[name])

    def add(self, objects: Mapping[str, bytes]) -> None:
        """What else it has."""
        self._objects |= objects

    def become(self, objects: Mapping[str, bytes]) -> None:
        """All that it has from now on."""
        self._objects = dict(objects)

    def _request(self) -> None:
        self._left -= 1
        if self._left == 0:
            self._end_backup("second, while it is exported")

    def _end_backup(self, label: str) -> None:
        """Its files come first, and then the indexes name it."""
        self._objects[f"{FOLDER}/{label}/bundle"] = b"pages"
        known = self._objects.get(INDEXES[0], b"") + f"{label}\n".encode()
        self._objects |= dict.fromkeys(INDEXES, known)


class Copy:
    """Where it is exported to; `written` in the order in which it came."""

    def __init__(self) -> None:
        self.written: dict[str, bytes] = {}

    def entries(self, _: str) -> Mapping[str, Entry]:
        return {}

    def write(self, name: str, content: BinaryIO, entry: Entry) -> None:
        self.written[name] = content.read()
        assert len(self.written[name]) == entry.size

    def remove(self, name: str) -> None:
        raise AssertionError(name)


@pytest.mark.parametrize("ends_before", range(1, 9))
def test_every_backup_that_the_copy_names_is_there_whole(ends_before: int) -> None:
    copy = Copy()
    export(cast(Minio, Repository(ends_before)), INSTANCE, copy, SILENT, prune=False)
    for index in INDEXES:
        labels = copy.written[index].decode().split("\n")[:-1]
        assert labels
        assert all(f"{FOLDER}/{label}/bundle" in copy.written for label in labels)


def test_the_indexes_are_written_last() -> None:
    copy = Copy()
    export(cast(Minio, Repository(0)), INSTANCE, copy, SILENT, prune=False)
    assert set(list(copy.written)[-len(INDEXES) :]) == set(INDEXES)


def test_it_says_how_much_there_is_to_copy_and_each_tenth_of_it() -> None:
    said = list[str]()
    repository = Repository(0)
    repository.add({f"{FOLDER}/first/{number}": b"1234567" for number in range(20)})
    export(cast(Minio, repository), INSTANCE, Copy(), said.append, prune=False)
    assert said[0] == "21 of 23 objects to copy, 0.0 MiB"
    assert [int(text.removesuffix(" %")) // 10 for text in said[1:]] == list(range(1, 10))


def test_an_interrupt_ends_it_before_the_next_object(monkeypatch: pytest.MonkeyPatch) -> None:
    copy, repository = Copy(), Repository(0)
    repository.add({f"{FOLDER}/first/{number}": b"1" for number in range(20)})

    def interrupted() -> None:
        if copy.written:
            raise KeyboardInterrupt

    monkeypatch.setattr("infra.backup.export.checkpoint", interrupted)
    with pytest.raises(KeyboardInterrupt):
        export(cast(Minio, repository), INSTANCE, copy, SILENT, prune=False)
    assert len(copy.written) <= PARALLEL
    assert not set(copy.written) & set(INDEXES)


@pytest.mark.parametrize("lost", ["the store was made anew", "the instance's objects are gone"])
@pytest.mark.parametrize("prune", [False, True])
def test_the_copy_of_a_repository_that_is_lost_is_not_touched(tmp_path: Path, lost: str, prune: bool) -> None:
    old, new = Repository(0), Repository(0)
    folder = Folder(tmp_path)
    export(cast(Minio, old), INSTANCE, folder, SILENT, prune=False)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    new.become({f"{FOLDER}/later/bundle": b"pages", INDEXES[0]: b"other keys\n"} if "anew" in lost else {})
    with pytest.raises(ResourceError, match="another repository: the store has none of its 1 backups"):
        export(cast(Minio, new), INSTANCE, folder, SILENT, prune=prune)
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_a_copy_is_gone_on_with_as_long_as_a_backup_is_in_both(tmp_path: Path) -> None:
    repository, folder = Repository(0), Folder(tmp_path)
    repository.add({f"{FOLDER}/expired/bundle": b"pages"})
    export(cast(Minio, repository), INSTANCE, folder, SILENT, prune=False)
    repository.become({f"{FOLDER}/first/bundle": b"pages", f"{FOLDER}/later/bundle": b"pages", INDEXES[0]: b"later\n"})
    done = export(cast(Minio, repository), INSTANCE, folder, SILENT, prune=True)
    assert (done.copied, done.removed) == (2, 2)
