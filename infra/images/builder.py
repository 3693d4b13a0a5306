"""Build one image with the Docker Engine, once per host at a time."""

import os
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from docker import APIClient
from docker.errors import APIError
from requests.exceptions import RequestException

from infra.host.docker_api import reach
from infra.host.locks import host_lock
from infra.host.progress import Progress
from infra.images import context, storage
from infra.images.catalogue import Catalogue, Recipe
from infra.images.present import image_id
from infra.images.root import make_root
from infra.images.steps import BuildOutput
from infra.model.errors import ResourceError

_STEP_SILENCE = 1800
"""Seconds a build step may stay silent."""


def build_image(catalogue: Catalogue, name: str, progress: Progress) -> None:
    """Build and tag an image whose parents are there; does nothing when another process has just built it."""
    tag = catalogue.tag(name)
    with host_lock(f"image-{tag}", on_wait=lambda: progress(f"{name}: another process builds it, waiting")):
        api = reach(timeout=_STEP_SILENCE)
        if image_id(api, tag):
            return
        _make(api, catalogue, name, progress)
        progress(f"{name}: built {tag}")


def _make(api: APIClient, catalogue: Catalogue, name: str, progress: Progress) -> None:
    recipe, tag = catalogue.recipes[name], catalogue.tag(name)
    if not recipe.dockerfile:
        make_root(api, recipe, tag, progress)
        return
    parents = {argument: catalogue.tag(parent) for argument, parent in recipe.parents.items()}
    _build(api, recipe, tag, parents, progress)
    _drop_build_stage(api, name)


def _build(api: APIClient, recipe: Recipe, tag: str, parents: dict[str, str], progress: Progress) -> None:
    output = BuildOutput(recipe.name)
    try:
        for event in _events(api, recipe, tag, parents):
            for line in output.follow(event):
                progress(line)
    except (APIError, RequestException) as error:
        output.error = str(error)
    if storage.says_disk_full(output.error + output.last_lines):
        raise storage.disk_full(recipe.name, storage.storage_folder(api))
    if output.error:
        raise ResourceError(
            f"The image {recipe.name!r} could not be built: {output.error}\n{output.last_lines}",
            "Mend the cause and run the command again: finished steps are kept.",
        )


def _events(api: APIClient, recipe: Recipe, tag: str, parents: dict[str, str]) -> Iterator[dict[str, Any]]:
    """What the engine says while it builds; `network_mode` lets a proxy on the host's loopback be reached."""
    events: Iterator[dict[str, Any]] = api.build(
        fileobj=context.archive(recipe),
        custom_context=True,
        tag=tag,
        buildargs=parents | context.proxy_arguments(os.environ),
        network_mode="host",
        rm=True,
        forcerm=True,
        decode=True,
    )
    return events


def _drop_build_stage(api: APIClient, name: str) -> None:
    """Compilers and their caches take gigabytes; they served an interrupted build and are of no use now."""
    for image in api.images(filters={"dangling": True, "label": f"aqstream.stage={name}"}):
        with suppress(APIError):
            api.remove_image(image["Id"])
