"""A second copy of backup repositories: in a folder, or in a bucket of another object store.

What lies in a repository is encrypted before it gets there, so the copy is as unreadable as the original. pgBackRest
reads a folder as a repository of type `posix` with the same cipher. Nothing in it changes but the `*.info` files, which
name what there is: they are read before everything else and written after it, so that the copy is one that could be
restored from at the moment it began.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from typing import BinaryIO, Protocol, cast

from minio import Minio

from infra.backup.progress import Tenths
from infra.host.interruption import checkpoint
from infra.model.errors import ResourceError
from infra.model.stack import BACKUP_BUCKET

PARALLEL = 4


@dataclass(frozen=True, slots=True)
class Entry:
    """One object: bytes, and when it was written in seconds since 1970."""

    size: int
    written: float


@dataclass(frozen=True)
class Exported:
    """How many objects were copied and how many bytes; how many were there already and how many were taken away."""

    copied: int
    bytes: int
    kept: int
    removed: int


class Destination(Protocol):
    """Where a copy goes; names are those of the objects."""

    def entries(self, prefix: str) -> Mapping[str, Entry]:
        """What is there below the prefix."""

    def write(self, name: str, content: BinaryIO, entry: Entry) -> None:
        """Keep an object whole or not at all."""

    def remove(self, name: str) -> None:
        """Forget one."""


def export(
    source: Minio, instance: str, target: Destination, on_progress: Callable[[str], None], *, prune: bool
) -> Exported:
    """Copy what the target lacks of an instance's repository; `prune` takes away there what retention took here.

    Raises ResourceError where the target holds another repository of that name, and changes nothing there: a stanza
    that was created anew has new keys in its indexes, and the other's backups could not be read without their own.
    """
    prefix = f"{instance}/"
    indexes = _indexes(source, instance)
    wanted = _listed(source, prefix, recursive=True)
    there = target.entries(prefix)
    _require_the_same(instance, _backups(instance, wanted), _backups(instance, there))
    missing = [name for name, entry in wanted.items() if not _is_index(name) and not _is_same(there.get(name), entry)]

    def copy(name: str) -> int:
        checkpoint()
        with _opened(source, name) as content:
            target.write(name, content, wanted[name])
        return wanted[name].size

    total, done, tenths = sum(wanted[name].size for name in missing), 0, Tenths()
    on_progress(f"{len(missing)} of {len(wanted)} objects to copy, {total / (1 << 20):.1f} MiB")
    with ThreadPoolExecutor(PARALLEL) as pool:
        for size in pool.map(copy, missing):
            done += size
            if text := tenths.passed(100 * done / max(total, 1)):
                on_progress(text)
    for name, (content, entry) in indexes.items():
        target.write(name, BytesIO(content), entry)
    gone = [name for name in there if name not in wanted] if prune else []
    for name in gone:
        target.remove(name)
    sizes = [wanted[name].size for name in missing] + [entry.size for _, entry in indexes.values()]
    return Exported(len(sizes), sum(sizes), len(wanted) - len(sizes), len(gone))


def _require_the_same(instance: str, ours: set[str], theirs: set[str]) -> None:
    if theirs and ours.isdisjoint(theirs):
        raise ResourceError(
            f"{instance}: the copy there is of another repository: the store has none of its {len(theirs)} backups, "
            "and would take away what they are read with",
            f"export to another folder; `aqdata restore -i {instance} --from` gets back what is in that one",
        )


def _backups(instance: str, names: Iterable[str]) -> set[str]:
    """Their labels."""
    prefix = f"{instance}/backup/{instance}/"
    inner = (name.removeprefix(prefix).partition("/") for name in names if name.startswith(prefix))
    return {label for label, below, _ in inner if below and label != "backup.history"}


def _indexes(source: Minio, instance: str) -> dict[str, tuple[bytes, Entry]]:
    """What the repository's indexes say now; whatever they name is there already."""
    folders = [f"{instance}/{kind}/{instance}/" for kind in ("archive", "backup")]
    listed = {name: entry for folder in folders for name, entry in _listed(source, folder).items() if _is_index(name)}
    read = {name: _content(source, name) for name in listed}
    return {name: (content, Entry(len(content), listed[name].written)) for name, content in read.items()}


def _listed(source: Minio, prefix: str, *, recursive: bool = False) -> dict[str, Entry]:
    return {
        str(found.object_name): Entry(int(found.size or 0), found.last_modified.timestamp())
        for found in source.list_objects(BACKUP_BUCKET, prefix, recursive=recursive)
        if found.last_modified
    }


def _content(source: Minio, name: str) -> bytes:
    with _opened(source, name) as content:
        return content.read()


@contextmanager
def _opened(source: Minio, name: str) -> Iterator[BinaryIO]:
    response = source.get_object(BACKUP_BUCKET, name)
    try:
        yield cast(BinaryIO, response)
    finally:
        response.close()
        response.release_conn()


def _is_index(name: str) -> bool:
    return name.endswith((".info", ".info.copy"))


def _is_same(there: Entry | None, entry: Entry) -> bool:
    return there is not None and there.size == entry.size and there.written >= entry.written - 1
