"""The root file system under every image: pulled from a registry, else made with debootstrap."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import yaml
from docker import APIClient
from docker.errors import APIError
from requests.exceptions import RequestException

from infra.host.docker_api import reach
from infra.host.progress import Progress
from infra.images.catalogue import Recipe
from infra.images.storage import disk_full, says_disk_full
from infra.model.errors import PrerequisiteMissing, ResourceError

REGISTRY_SILENCE = 5
"""Seconds a registry may stay silent before debootstrap takes over."""

_PARENT_FOLDER = Path("/var/cache/aqdata")
_LEFT_OUT = ("usr/share/doc", "usr/share/man", "usr/share/info", "usr/share/locale", "var/cache/apt/archives",
             "var/lib/apt/lists", "var/log", "dev", "proc", "sys")  # fmt: skip


@dataclass(frozen=True)
class RootRecipe:
    """What the root image's `recipe.yaml` says."""

    refreshed: date
    pull: str
    suite: str
    variant: str


def make_root(api: APIClient, recipe: Recipe, tag: str, progress: Progress) -> None:
    """Give the engine a root file system tagged `tag`; raises PrerequisiteMissing or ResourceError."""
    wanted = _parse(recipe)
    if _pulled(wanted.pull, tag):
        progress(f"root: pulled {wanted.pull}")
        return
    progress(f"root: no registry answers, making Debian {wanted.suite} with debootstrap")
    with _work_folder() as folder:
        _debootstrap(wanted, folder)
        _import(api, folder, tag)


def _parse(recipe: Recipe) -> RootRecipe:
    content = next(file.content for file in recipe.files if file.path == "recipe.yaml")
    return RootRecipe(**yaml.safe_load(content))


def _pulled(reference: str, tag: str) -> bool:
    repository, _, version = reference.rpartition(":")
    impatient = reach(timeout=REGISTRY_SILENCE)
    try:
        for _event in impatient.pull(repository, tag=version, stream=True, decode=True):
            pass
        target, target_version = tag.split(":")
        return bool(impatient.tag(reference, target, target_version))
    except (APIError, RequestException):
        return False


@contextmanager
def _work_folder() -> Iterator[Path]:
    if os.geteuid() != 0 or shutil.which("debootstrap") is None:
        raise PrerequisiteMissing(
            "No image registry answers, and making the base image here needs root and debootstrap.",
            "As root: `apt-get install --yes debootstrap`, then `./aqdata images build`; or name images of a "
            "reachable registry by digest under `images:` in the stack file.",
        )
    _remove_abandoned()
    folder = _PARENT_FOLDER / f"root-{os.getpid()}"
    try:
        folder.mkdir(parents=True, mode=0o755)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _remove_abandoned() -> None:
    """What a process left that was killed while it worked."""
    for folder in _PARENT_FOLDER.glob("root-*"):
        if not Path("/proc", folder.name.removeprefix("root-")).exists():
            shutil.rmtree(folder, ignore_errors=True)


def _debootstrap(wanted: RootRecipe, folder: Path) -> None:
    ends_with_us = ("setpriv", "--pdeathsig", "TERM")
    command = [*ends_with_us, "debootstrap", f"--variant={wanted.variant}", wanted.suite, str(folder)]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode != 0:
        if says_disk_full(done.stdout):
            raise disk_full("root", str(folder))
        last_lines = "\n".join(done.stdout.splitlines()[-5:])
        raise ResourceError(f"debootstrap could not make Debian {wanted.suite}:\n{last_lines}",
                            "Check that this host reaches a Debian mirror: `apt-get update`.")  # fmt: skip


def _import(api: APIClient, folder: Path, tag: str) -> None:
    excludes = [f"--exclude=./{path}/*" for path in _LEFT_OUT]
    repository, version = tag.split(":")
    with subprocess.Popen(["tar", "-C", str(folder), *excludes, "-c", "."], stdout=subprocess.PIPE) as tar:
        api.import_image_from_stream(tar.stdout, repository=repository, tag=version, changes=['CMD ["/bin/sh"]'])
    if tar.returncode != 0:
        api.remove_image(tag)
        raise ResourceError("The base file system could not be packed for Docker.", "Run the command again.")
