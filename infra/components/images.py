"""The ids of the images a stack runs: ids, because names and digests make pulumi-docker replace containers."""

from collections.abc import Mapping

import pulumi
import pulumi_docker as docker

from infra.components.hosts import providers
from infra.images.recipes import current_tags
from infra.model.errors import ConfigurationError
from infra.model.stack import Stack


def image_ids(stack: Stack) -> dict[str, pulumi.Output[str]]:
    """Image -> `sha256:...` of the local image, which has to be built or pulled before (`aqdata images build`)."""
    return {name: _known(reference) for name, reference in image_references(stack).items()}


def image_references(stack: Stack) -> dict[str, str]:
    """Image -> the project's own tag, or the registry reference that the stack file names."""
    own = current_tags()
    return {name: own[name] if chosen == "build" else chosen for name, chosen in stack.used_images.items()}


def _known(reference: str) -> pulumi.Output[str]:
    """The image's id, which every host has to have: a host that does not answer ends the program here."""
    hosts = providers()
    if not hosts:
        return _id_on(reference, None)
    found = {host: _id_on(reference, pulumi.InvokeOptions(provider=provider)) for host, provider in hosts.items()}
    return pulumi.Output.all(**found).apply(lambda ids: _same(reference, ids))


def _id_on(reference: str, opts: pulumi.InvokeOptions | None) -> pulumi.Output[str]:
    found = docker.get_remote_image_output(name=reference, opts=opts)
    return found.apply(lambda image: str(image.id))


def _same(reference: str, ids: Mapping[str, str]) -> str:
    if len(set(ids.values())) > 1:
        raise ConfigurationError(
            f"image {reference} is not the same on {', '.join(ids)}",
            f"docker save {reference} | docker --host HOST load, from the host that has the right one",
        )
    return next(iter(ids.values()))
