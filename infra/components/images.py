"""The ids of the images a stack runs: ids, because names and digests make pulumi-docker replace containers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pulumi
import pulumi_docker as docker

from infra.engine.loading import load
from infra.images.recipes import current_tags
from infra.model.stack import Stack

if TYPE_CHECKING:
    from infra.images.hosts import Presence


def image_ids(stack: Stack) -> dict[str, pulumi.Output[str]]:
    """Image -> `sha256:...` of the local image, which has to be built or pulled before (`aqdata images build`).

    On several hosts it is the one that all of them have. Raises ConfigurationError where an image is missing.
    """
    references = image_references(stack)
    if not stack.hosts:
        return {name: _id(reference) for name, reference in references.items()}
    found = _ids_on_hosts(stack, list(references.values()))
    return {name: pulumi.Output.from_input(found[reference]) for name, reference in references.items()}


def image_references(stack: Stack) -> dict[str, str]:
    """Image -> the project's own tag, or the registry reference that the stack file names."""
    own = current_tags()
    return {name: own[name] if chosen == "build" else chosen for name, chosen in stack.used_images.items()}


def _id(reference: str) -> pulumi.Output[str]:
    return docker.get_remote_image_output(name=reference).apply(lambda image: str(image.id))


def _ids_on_hosts(stack: Stack, references: Sequence[str]) -> dict[str, str]:
    """A host that does not answer is told of once, and what does not change there needs no answer."""
    presence: Presence = load("infra.images.hosts:look")(stack, references)
    for host, error in presence.silent.items():
        pulumi.log.error(f"host {host}: {error.message}\nnext:  {error.hint}")
    return presence.require(stack.name)
