"""Docker volumes on a filesystem of their own, of a given size: what fills up there fills up nowhere else."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import docker

from tests.servers.stack import StackUnderTest, stack

OWNER = 999


@contextmanager
def on_small_disks(folder: Path, prefix: str, sizes: dict[str, int]) -> Iterator[StackUnderTest]:
    """A deployed stack; `sizes` in MiB by its volumes that have small disks."""
    with stack(folder, prefix) as made:
        names = {f"aqstream-{made.name}-{volume}": size for volume, size in sizes.items()}
        with small_disks(folder, names) as devices:
            try:
                for volume, device in devices.items():
                    make_volume(volume, device, made.name)
                up = made.command("up", "--skip-verify", timeout=400)
                assert up.returncode == 0, up.stderr
                yield made
            finally:
                made.clear()


@contextmanager
def small_disks(folder: Path, sizes: dict[str, int]) -> Iterator[dict[str, str]]:
    """Volume -> the loop device under it, for sizes in MiB; what uses a volume has to be gone at the end."""
    devices: dict[str, str] = {}
    try:
        for volume, size in sizes.items():
            devices[volume] = _attached(folder / f"{volume}.img", size)
        yield devices
    finally:
        for device in devices.values():
            subprocess.run(["losetup", "--detach", device], check=False)


def make_volume(name: str, device: str, stack: str) -> None:
    """The volume, before the stack that will find it."""
    options = {"type": "ext4", "device": device}
    docker.from_env().volumes.create(name, driver="local", driver_opts=options, labels={"aqstream.stack": stack})


def _attached(image: Path, size: int) -> str:
    with image.open("wb") as file:
        file.truncate(size << 20)
    subprocess.run(["mkfs.ext4", "-q", "-m", "0", "-E", f"root_owner={OWNER}:{OWNER}", str(image)], check=True)
    # Its owner is root, and neither server wants to find it.
    subprocess.run(["debugfs", "-w", "-R", "rmdir lost+found", str(image)], check=True, capture_output=True)
    found = subprocess.run(["losetup", "--find", "--show", str(image)], check=True, capture_output=True, text=True)
    return found.stdout.strip()
