"""Put the built images into a registry, for stacks that name them there by digest."""

from collections.abc import Iterable

from docker import APIClient
from docker.errors import APIError

from infra.host.docker_api import reach
from infra.host.progress import Progress
from infra.images.recipes import current_tags
from infra.model.errors import ResourceError


def push_images(names: Iterable[str], registry: str, progress: Progress) -> dict[str, str]:
    """Image name -> `registry/aqstream/name@sha256:...` after pushing; the images have to be built before."""
    api = reach(timeout=600)
    return {name: _push(api, name, registry.rstrip("/"), progress) for name in names}


def _push(api: APIClient, name: str, registry: str, progress: Progress) -> str:
    tag = current_tags()[name]
    repository, _, version = f"{registry}/{tag}".rpartition(":")
    progress(f"{name}: pushing {repository}:{version}")
    try:
        api.tag(tag, repository, version)
        digest = _pushed_digest(api, repository, version)
    except APIError as error:
        raise _refused(name, registry, str(error.explanation or error)) from error
    return f"{repository}@{digest}"


def _pushed_digest(api: APIClient, repository: str, version: str) -> str:
    digest = ""
    for event in api.push(repository, tag=version, stream=True, decode=True):
        if "error" in event:
            raise _refused(repository, repository, str(event["error"]))
        digest = event.get("aux", {}).get("Digest", digest)
    return digest


def _refused(name: str, registry: str, reason: str) -> ResourceError:
    return ResourceError(
        f"The image {name!r} could not be pushed to {registry}: {reason}",
        f"`docker login {registry.partition('/')[0]}`, and check that the registry is reachable.",
    )
