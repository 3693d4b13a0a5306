"""Docker's disk space, before and during a build."""

import os
from collections.abc import Iterable

from docker import APIClient

from infra.model.errors import ResourceError

_FULL_DISK_PHRASES = ("no space left on device", "disk quota exceeded", "you don't have enough free space")


def says_disk_full(text: str) -> bool:
    """Whether a tool's output reports a full disk."""
    return any(phrase in text.lower() for phrase in _FULL_DISK_PHRASES)


def disk_full(image: str, storage: str) -> ResourceError:
    """The one message for a disk that filled up while an image was built."""
    return ResourceError(
        f"The disk filled up while the image {image!r} was built (Docker stores images in {storage}).",
        "Free some space there, for example with `docker builder prune` and `docker image prune`, and run the "
        "command again: finished steps are kept.",
    )


def require_space(images: Iterable[str], needed: int, storage: str) -> None:
    """Raise ResourceError when `storage` has less than `needed` bytes free; a remote engine's is not known."""
    free = free_bytes(storage)
    if free is not None and free < needed:
        raise ResourceError(
            f"Building {', '.join(images)} needs {_in_gb(needed)} in {storage}, which has {_in_gb(free)} free.",
            "Free some space there, for example with `docker builder prune` and `docker image prune`.",
        )


def storage_folder(api: APIClient) -> str:
    """Where the engine stores images, on its own host."""
    return str(api.info()["DockerRootDir"])


def free_bytes(folder: str) -> int | None:
    """What is free in a folder, None for one that this host does not have (a remote engine's)."""
    try:
        figures = os.statvfs(folder)
    except OSError:
        return None
    return figures.f_bavail * figures.f_frsize


def _in_gb(size: int) -> str:
    return f"{size / 10**9:.1f} GB"
