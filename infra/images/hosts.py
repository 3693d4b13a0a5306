"""The images of a stack on its declared hosts: which are there, and bringing those that are not."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from docker import APIClient
from docker.errors import DockerException
from requests import RequestException

from infra.host.docker_api import reach
from infra.host.machines import address_of
from infra.host.progress import Progress
from infra.images.present import image_id
from infra.images.pull import pulled
from infra.model.docker_engine import EngineAddress, connect
from infra.model.errors import ConfigurationError, HostUnreachable, ResourceError
from infra.model.stack import Stack

_SILENCE_SECONDS = 600
_TOLD_EVERY = 100 << 20


@dataclass(frozen=True)
class Presence:
    """Host -> reference -> the image's id, empty where the host does not have it; and why other hosts do not answer."""

    ids: Mapping[str, Mapping[str, str]]
    silent: Mapping[str, HostUnreachable]

    def missing(self, host: str) -> list[str]:
        """What the host does not have."""
        return [reference for reference, found in self.ids[host].items() if not found]

    def require(self, stack: str) -> dict[str, str]:
        """Reference -> the id that it has on every host. Raises ConfigurationError naming image and host."""
        lacking = [f"{name} on {host}" for host in self.ids for name in self.missing(host)]
        if lacking:
            raise ConfigurationError(f"images are missing: {', '.join(lacking)}", f"aqdata images copy --stack {stack}")
        found = {name: {each[name] for each in self.ids.values()} for each in self.ids.values() for name in each}
        if differing := [name for name, ids in found.items() if len(ids) > 1]:
            raise ConfigurationError(
                f"{', '.join(differing)}: not the same image on {', '.join(self.ids)}",
                f"docker rmi it where it is wrong, then aqdata images copy --stack {stack}",
            )
        return {name: ids.pop() for name, ids in found.items()}


def look(stack: Stack, references: Iterable[str]) -> Presence:
    """Which of these images each host has. Raises HostUnreachable where none of them answers."""
    wanted = list(references)
    with ThreadPoolExecutor(len(stack.hosts)) as pool:
        found = dict(zip(stack.hosts, pool.map(lambda host: _ids_on(stack, host, wanted), stack.hosts), strict=True))
    silent = {host: error for host, error in found.items() if isinstance(error, HostUnreachable)}
    if len(silent) == len(found):
        raise next(iter(silent.values()))
    return Presence({host: ids for host, ids in found.items() if not isinstance(ids, HostUnreachable)}, silent)


def copy_images(stack: Stack, references: Sequence[str], hosts: Sequence[str], progress: Progress) -> dict[str, int]:
    """Host -> how many images were brought: built ones from this machine's engine, others from their registry.

    Raises HostUnreachable, ResourceError.
    """
    return {host: _copy(address_of(stack, host), host, references, progress) for host in hosts}


def _ids_on(stack: Stack, host: str, references: Iterable[str]) -> dict[str, str] | HostUnreachable:
    try:
        with closing(connect(address_of(stack, host), _SILENCE_SECONDS)) as client:
            return {reference: image_id(client, reference) for reference in references}
    except HostUnreachable as error:
        return error


def _copy(address: EngineAddress, host: str, references: Sequence[str], progress: Progress) -> int:
    here = reach(_SILENCE_SECONDS)
    with closing(connect(address, _SILENCE_SECONDS)) as there:
        wanted = {name: _id_here(here, name) for name in references if "@" not in name}
        missing = [name for name, found in wanted.items() if image_id(there, name) != found]
        for reference in (name for name in references if "@" in name):
            pulled(there, reference, lambda text: progress(f"{host}: {text}"))
        if missing:
            _carry(here, there, missing, host, progress)
        if absent := [name for name in missing if image_id(there, name) != wanted[name]]:
            raise ResourceError(f"host {host} did not take {', '.join(absent)}", f"{address.trial}; df -h on {host}")
    return len(missing)


def _id_here(here: APIClient, reference: str) -> str:
    found = image_id(here, reference)
    if not found:
        raise ResourceError(f"the image {reference} is not on this machine", "aqdata images build")
    return found


def _carry(here: APIClient, there: APIClient, references: Sequence[str], host: str, progress: Progress) -> None:
    """All of them as one archive, in which what they have in common is once."""
    url = f"{here.base_url}/v{here.api_version}/images/get"
    progress(f"{host}: copying {', '.join(references)}")
    try:
        with here.get(url, params={"names": list(references)}, stream=True, timeout=_SILENCE_SECONDS) as saved:
            saved.raise_for_status()
            answers = there.load_image(_told(saved.iter_content(1 << 20), host, progress))
            refused = next((str(each["error"]) for each in answers or () if "error" in each), "")
    except (DockerException, RequestException) as error:
        refused = str(getattr(error, "explanation", None) or error)
    if refused:
        raise ResourceError(
            f"host {host} refused an image: {refused}", f"df -h on {host} says whether its disk is full"
        )


def _told(pieces: Iterator[Any], host: str, progress: Progress) -> Iterator[bytes]:
    sent = told = 0
    for piece in pieces:
        sent += len(piece)
        if sent - told >= _TOLD_EVERY:
            told = sent
            progress(f"{host}: {sent / 10**6:.0f} MB sent")
        yield piece
