"""Build what is missing among the project's images, parents first, independent ones side by side."""

import os
import threading
from collections.abc import Iterable
from concurrent.futures import Future, wait
from contextlib import suppress

from docker import APIClient
from docker.errors import APIError, ImageNotFound
from requests.exceptions import RequestException

from infra.host.docker_api import connect
from infra.host.locks import host_lock
from infra.host.progress import Progress
from infra.images import context, storage
from infra.images.catalogue import STACK_IMAGES, Recipe, build_order
from infra.images.recipes import current_tags, read_recipes, recipe
from infra.images.root import make_root
from infra.images.steps import BuildOutput
from infra.model.errors import ResourceError

_STEP_SILENCE = 1800
"""Seconds a build step may stay silent."""


def ensure_images(names: Iterable[str], progress: Progress) -> dict[str, str]:
    """Image name -> image id, after building the missing ones and what they start from."""
    wanted = list(names)
    for name in wanted:
        recipe(name)
    api = connect()
    present = {name: _image_id(api, current_tags()[name]) for name in wanted}
    missing = [name for name, image_id in present.items() if not image_id]
    if missing:
        _build_in_order(api, missing, progress)
    return {name: image_id or _image_id(api, current_tags()[name]) for name, image_id in present.items()}


def ensure_stack_images(progress: Progress) -> dict[str, str]:
    """The images a stack runs."""
    return ensure_images(STACK_IMAGES, progress)


def _image_id(api: APIClient, tag: str) -> str:
    try:
        return str(api.inspect_image(tag)["Id"])
    except ImageNotFound:
        return ""


def _build_in_order(api: APIClient, names: Iterable[str], progress: Progress) -> None:
    """Every image in its own thread, which first waits for its parents.

    The threads are daemons: when the user stops the command they end with the process, their connections
    close, and the engine stops the running steps.
    """
    recipes = read_recipes()
    needed = [name for name in build_order(names, recipes) if not _image_id(api, current_tags()[name])]
    if "root" in needed:
        _ensure_built(recipes["root"], progress)
        needed.remove("root")
    builds: dict[str, Future[None]] = {name: Future() for name in needed}
    for name in needed:
        threading.Thread(target=_run, args=(recipes[name], builds, progress), daemon=True).start()
    wait(builds.values())
    for build in builds.values():
        build.result()


def _run(this: Recipe, builds: dict[str, Future[None]], progress: Progress) -> None:
    """Settle this image's future: built, or failed as itself or as the parent it needs."""
    try:
        for parent in this.parents.values():
            if parent in builds:
                builds[parent].result()
        _ensure_built(this, progress)
    except BaseException as error:  # noqa: BLE001 - handed over to the waiting thread, which raises it
        builds[this.name].set_exception(error)
    else:
        builds[this.name].set_result(None)


def _ensure_built(this: Recipe, progress: Progress) -> None:
    tag = current_tags()[this.name]
    waiting = f"{this.name}: another process builds it, waiting"
    with host_lock(f"image-{tag.replace('/', '-').replace(':', '-')}", on_wait=lambda: progress(waiting)):
        api = connect(timeout=_STEP_SILENCE)
        if _image_id(api, tag):
            return
        folder = storage.storage_folder(api)
        storage.require_space(this.name, this.build_space, folder)
        _make(api, this, tag, folder, progress)
        progress(f"{this.name}: built {tag}")


def _make(api: APIClient, this: Recipe, tag: str, folder: str, progress: Progress) -> None:
    if not this.dockerfile:
        make_root(api, this, tag, progress)
        return
    output = BuildOutput(this.name)
    try:
        _build(api, this, tag, output, progress)
    except (APIError, RequestException) as error:
        output.error = str(error)
    if storage.says_disk_full(output.error + output.last_lines):
        raise storage.disk_full(this.name, folder)
    if output.error:
        raise ResourceError(f"The image {this.name!r} could not be built: {output.error}\n{output.last_lines}",
                            "Mend the cause and run the command again: finished steps are kept.")  # fmt: skip
    _drop_build_stage(api, this.name)


def _build(api: APIClient, this: Recipe, tag: str, output: BuildOutput, progress: Progress) -> None:
    parents = {argument: current_tags()[parent] for argument, parent in this.parents.items()}
    events = api.build(
        fileobj=context.archive(this),
        custom_context=True,
        tag=tag,
        buildargs=parents | context.proxy_arguments(os.environ),
        network_mode="host",
        rm=True,
        forcerm=True,
        decode=True,
    )
    for event in events:
        for line in output.follow(event):
            progress(line)


def _drop_build_stage(api: APIClient, name: str) -> None:
    """Compilers and their caches take gigabytes; they served an interrupted build and are of no use now."""
    stage = {"dangling": True, "label": f"aqstream.stage={name}"}
    for image in api.images(filters=stage):
        with suppress(APIError):
            api.remove_image(image["Id"])
