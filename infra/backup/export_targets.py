"""Where exported repositories go: a folder, or a bucket."""

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from minio import Minio
from minio.error import MinioException
from urllib3.exceptions import HTTPError

from infra.backup.export import Entry
from infra.model.errors import ResourceError
from infra.provider.object_store_session import reason_of

_ENOUGH_PART = 64 << 20
_PIECE = 1 << 20


class Folder:
    """Files below a folder, with the objects' times: by those pgBackRest and the recovery window go.

    An instance's own folder is for its owner only. What lies below is open to all: a restore has the engine show it to
    the user of the servers, whatever user exported it.
    """

    def __init__(self, root: Path) -> None:
        self._root = root

    def entries(self, prefix: str) -> Mapping[str, Entry]:
        """What is there below the prefix."""
        found = (path for path in (self._root / prefix).rglob("*") if path.is_file() and not path.name.endswith(".new"))
        return {str(path.relative_to(self._root)): _entry(path) for path in found}

    def write(self, name: str, content: BinaryIO, entry: Entry) -> None:
        """Whole or not at all. Raises ResourceError where the disk refuses it."""
        path = self._root / name
        with _at(path):
            self._make_folder(path.parent)
            _write(path, content, entry)

    def remove(self, name: str) -> None:
        """Forget one. Raises ResourceError where the disk refuses it."""
        path = self._root / name
        with _at(path):
            path.unlink()

    def _make_folder(self, path: Path) -> None:
        if path.is_dir():
            return
        if path == self._root:
            path.mkdir(parents=True, exist_ok=True)
            return
        self._make_folder(path.parent)
        path.mkdir(exist_ok=True)
        _set_mode(path, 0o700 if path.parent == self._root else 0o755)


class BucketFolder:
    """Objects of another store's bucket, below a prefix; `name` is what errors call it. Methods raise ResourceError."""

    def __init__(self, s3: Minio, bucket: str, prefix: str, name: str) -> None:
        self._s3, self._bucket, self._prefix, self._name = s3, bucket, prefix, name

    def entries(self, prefix: str) -> Mapping[str, Entry]:
        """What is there below the prefix."""
        with _called(self._name):
            listed = self._s3.list_objects(self._bucket, f"{self._prefix}{prefix}", recursive=True)
            return {
                str(found.object_name).removeprefix(self._prefix): Entry(
                    int(found.size or 0), found.last_modified.timestamp()
                )
                for found in listed
                if found.last_modified
            }

    def write(self, name: str, content: BinaryIO, entry: Entry) -> None:
        """Whole or not at all: S3 knows no half object."""
        with _called(self._name):
            target = f"{self._prefix}{name}"
            self._s3.put_object(self._bucket, target, content, entry.size, part_size=_ENOUGH_PART)

    def remove(self, name: str) -> None:
        """Forget one."""
        with _called(self._name):
            self._s3.remove_object(self._bucket, f"{self._prefix}{name}")


@contextmanager
def _called(name: str) -> Iterator[None]:
    """What fails inside is of the store that is called so, and not of the stack's own."""
    try:
        yield
    except (MinioException, HTTPError) as error:
        advice = "the keys have to list and write in that bucket; mend that and export again: it goes on"
        raise ResourceError(f"{name}: {reason_of(error)}", advice) from error


@contextmanager
def _at(path: Path) -> Iterator[None]:
    """What fails inside is of this file."""
    try:
        yield
    except OSError as error:
        raise ResourceError(f"{path}: {error.strerror}", "mend that and export again: it goes on") from error


def _write(path: Path, content: BinaryIO, entry: Entry) -> None:
    draft = path.with_name(f"{path.name}.new")
    with draft.open("wb") as file:
        shutil.copyfileobj(content, file, _PIECE)
        file.flush()
        os.fsync(file.fileno())
    _set_mode(draft, 0o644)
    os.utime(draft, (entry.written, entry.written))
    draft.replace(path)


def _entry(path: Path) -> Entry:
    found = path.stat()
    return Entry(found.st_size, found.st_mtime)


def _set_mode(path: Path, mode: int) -> None:
    """Whatever the umask is; some filesystems of disks that are carried about have no modes."""
    with suppress(PermissionError):
        path.chmod(mode)
