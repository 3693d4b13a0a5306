"""Which images the engine already has."""

from docker import APIClient
from docker.errors import ImageNotFound

from infra.images.catalogue import REPOSITORY, Catalogue


def image_id(api: APIClient, reference: str) -> str:
    """The id (`sha256:...`) of a local image, empty when the engine does not have it."""
    try:
        return str(api.inspect_image(reference)["Id"])
    except ImageNotFound:
        return ""


def image_sizes(api: APIClient) -> dict[str, int]:
    """Tag -> bytes with its parents' layers, for the project's images on the engine."""
    found = api.images(name=f"{REPOSITORY}/*")
    return {tag: int(image["Size"]) for image in found for tag in image["RepoTags"] or ()}


def present_images(api: APIClient, catalogue: Catalogue) -> frozenset[str]:
    """The catalogue's images that need no building."""
    tags = image_sizes(api)
    return frozenset(name for name, tag in catalogue.tags.items() if tag in tags)
