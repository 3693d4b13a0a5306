"""A replica whose data lies on a file system of its own with little room, for as long as a test fills it."""

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from docker.models.containers import Container

from infra.backup.container import execute
from tests.production.cluster import SUPERUSER, Replicated, wait_for

_DATA = "/var/lib/postgresql"
_FILLER = f"{_DATA}/filler"
_ROOM_MB = 640
"""More than twice the room that a primary needs, so that the node counts as one that may lead."""
_BLOCKS_A_MB = 16
_HEAL_SECONDS = 120.0


@contextmanager
def primary_on_a_small_disk(instance: Replicated) -> Iterator[None]:
    """Within it the primary is a node on such a file system; afterwards the node lies where it lay, as a replica."""
    name = instance.replicas()[-1]
    container = instance.container(name)
    with _moved(container):
        wait_for(instance.is_whole, _HEAL_SECONDS, "whole cluster on the small disk")
        instance.cluster.hand_over(name)
        wait_for(instance.is_whole, _HEAL_SECONDS, "whole cluster with its primary on the small disk")
        yield
        if instance.leader() == name:
            instance.cluster.hand_over(instance.replicas()[0])
    wait_for(instance.is_whole, _HEAL_SECONDS, "whole cluster back on its own disk")


def primary_disk_full(instance: Replicated) -> Iterator[None]:
    """Somebody else fills the disk under the primary at once, whose server then refuses writes and goes on."""
    container = str(instance.container(instance.leader()).name)
    with _filled(container):
        yield


def primary_disk_full_and_server_crashed(instance: Replicated) -> Iterator[None]:
    """The same, and the server needs room for its next segments of WAL, without which it crashes."""
    container = str(instance.container(instance.leader()).name)
    with _filled(container):
        for _ in range(20):
            switched = execute(container, [*SUPERUSER, "-d", "aqstream", "-c", "SELECT pg_switch_wal()"])
            if switched.code:
                break
        yield


def primary_disk_nearly_full(instance: Replicated) -> Iterator[None]:
    """Somebody else leaves the primary less room than it needs to stay the primary, and more than it uses soon."""
    container = str(instance.container(instance.leader()).name)
    with _filled(container, leave_mb=128):
        yield


@contextmanager
def _filled(container: str, leave_mb: int = 0) -> Iterator[None]:
    """Within it the container's disk has so much room left; afterwards it has what it had."""
    free = int(execute(container, ["df", "--output=avail", "--block-size=1M", _DATA]).output.split()[-1])
    blocks = f"count={(free - leave_mb) * _BLOCKS_A_MB}" if leave_mb else ""
    execute(container, ["sh", "-c", f"dd if=/dev/zero of={_FILLER} bs=64k {blocks} 2>/dev/null || true"])
    try:
        yield
    finally:
        execute(container, ["rm", "-f", _FILLER])


FULL_DISKS = (primary_disk_nearly_full, primary_disk_full, primary_disk_full_and_server_crashed)


@contextmanager
def _moved(container: Container) -> Iterator[None]:
    source = Path(next(each["Source"] for each in container.attrs["Mounts"] if each["Destination"] == _DATA))
    container.stop(timeout=30)
    # No tmpfs: what lies there counts as the container's memory, and the kernel would end the server before it is full.
    try:
        with tempfile.TemporaryDirectory() as folder, _file_system(Path(folder), _used_mb(source) + _ROOM_MB) as small:
            _run("cp", "-a", f"{source}/.", str(small))
            _run("chown", f"--reference={source}", str(small))
            _run("chmod", f"--reference={source}", str(small))
            with _mounted(str(small), source, "--bind"):
                yield from _running(container)
    finally:
        container.start()


def _running(container: Container) -> Iterator[None]:
    container.start()
    try:
        yield
    finally:
        container.stop(timeout=30)


@contextmanager
def _file_system(folder: Path, size_mb: int) -> Iterator[Path]:
    image, where = folder / "image", folder / "mounted"
    where.mkdir()
    with image.open("wb") as file:
        file.truncate(size_mb << 20)
    _run("mkfs.ext4", "-q", "-m", "0", str(image))
    with _mounted(str(image), where, "-o", "loop"):
        (where / "lost+found").rmdir()
        yield where


@contextmanager
def _mounted(what: str, where: Path, *options: str) -> Iterator[None]:
    _run("mount", *options, what, str(where))
    try:
        yield
    finally:
        _run("umount", str(where))


def _used_mb(folder: Path) -> int:
    return int(_run("du", "-sm", str(folder)).split()[0])


def _run(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout
