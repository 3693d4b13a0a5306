"""Images a stack file names in a registry: pulled by digest, never built."""

from collections.abc import Container, Mapping

from docker import APIClient
from docker.errors import APIError

from infra.host.docker_api import reach
from infra.host.progress import Progress
from infra.images.build import ensure_images
from infra.images.present import image_id
from infra.images.storage import disk_full, says_disk_full, storage_folder
from infra.model.errors import ResourceError

BUILD = "build"
"""What a stack file says for an image that is built here."""


def needing_work(chosen: Mapping[str, str], absent: Container[str]) -> dict[str, str]:
    """Those of a stack's `images:` that may have to be pulled, or built because they are among the `absent`."""
    return {name: choice for name, choice in chosen.items() if choice != BUILD or name in absent}


def ensure_chosen(chosen: Mapping[str, str], progress: Progress) -> dict[str, str]:
    """Image name -> image id for a stack's `images:`, each `build` or a registry reference."""
    if not chosen:
        return {}
    built = ensure_images([name for name, choice in chosen.items() if choice == BUILD], progress)
    api = reach()
    from_registry = {name: pulled(api, choice, progress) for name, choice in chosen.items() if choice != BUILD}
    return built | from_registry


def pulled(api: APIClient, reference: str, progress: Progress) -> str:
    """The id of the image, after pulling it where the engine does not have it. Raises ResourceError."""
    if present := image_id(api, reference):
        return present
    progress(f"{reference}: pulling")
    error = _pull_error(api, reference)
    if says_disk_full(error):
        raise disk_full(reference, storage_folder(api))
    if error:
        raise ResourceError(
            f"The image {reference} could not be pulled: {error}",
            "Check the reference under `images:` in the stack file and `docker login` for its registry.",
        )
    return image_id(api, reference)


def _pull_error(api: APIClient, reference: str) -> str:
    repository, _, digest = reference.partition("@")
    try:
        for event in api.pull(repository, tag=digest, stream=True, decode=True):
            if "error" in event:
                return str(event["error"])
    except APIError as error:
        return str(error.explanation or error)
    return ""
