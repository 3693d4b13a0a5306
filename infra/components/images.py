"""The ids of the images a stack runs: ids, because names and digests make pulumi-docker replace containers."""

import pulumi
import pulumi_docker as docker

from infra.images.recipes import current_tags
from infra.model.stack import Stack


def image_ids(stack: Stack) -> dict[str, pulumi.Output[str]]:
    """Image -> `sha256:...` of the local image, which has to be built or pulled before (`aqdata images build`)."""
    return {name: _local(reference) for name, reference in image_references(stack).items()}


def image_references(stack: Stack) -> dict[str, str]:
    """Image -> the project's own tag, or the registry reference that the stack file names."""
    own = current_tags()
    return {name: own[name] if chosen == "build" else chosen for name, chosen in stack.used_images.items()}


def _local(reference: str) -> pulumi.Output[str]:
    found = docker.get_remote_image_output(name=reference)
    return found.apply(lambda image: str(image.id))
