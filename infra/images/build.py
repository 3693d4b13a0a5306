"""Build what is missing among images, parents first, independent ones side by side."""

import threading
from collections.abc import Iterable
from concurrent.futures import Future, wait

from docker import APIClient

from infra.host.docker_api import reach
from infra.host.progress import Progress
from infra.images.builder import build_image
from infra.images.catalogue import Catalogue
from infra.images.present import image_id, present_images
from infra.images.recipes import project_catalogue
from infra.images.storage import require_space, storage_folder


def ensure_images(names: Iterable[str], progress: Progress, catalogue: Catalogue | None = None) -> dict[str, str]:
    """Image name -> image id, after building the missing ones; `catalogue` is the checkout's unless given.

    Raises ConfigurationError for a name without a recipe, PrerequisiteMissing or ResourceError.
    """
    catalogue = catalogue or project_catalogue()
    wanted = {name: catalogue.tag(name) for name in names}
    api = reach()
    if missing := catalogue.to_build(wanted, present_images(api, catalogue)):
        _build_side_by_side(api, catalogue, missing, progress)
    return {name: image_id(api, tag) for name, tag in wanted.items()}


def _build_side_by_side(api: APIClient, catalogue: Catalogue, names: Iterable[str], progress: Progress) -> None:
    """Every image in its own thread, which first waits for its parents.

    The threads are daemons: when the user stops the command they end with the process, their connections
    close, and the engine stops the running steps.
    """
    require_space(names, catalogue.build_space(names), storage_folder(api))
    builds: dict[str, Future[None]] = {name: Future() for name in names}
    for name in names:
        threading.Thread(target=_settle, args=(catalogue, name, builds, progress), daemon=True).start()
    wait(builds.values())
    for build in builds.values():
        build.result()


def _settle(catalogue: Catalogue, name: str, builds: dict[str, Future[None]], progress: Progress) -> None:
    """Settle an image's future: built, or failed as itself or as the parent it needs."""
    try:
        for parent in catalogue.recipes[name].parents.values():
            if parent in builds:
                builds[parent].result()
        build_image(catalogue, name, progress)
    except BaseException as error:  # noqa: BLE001 handed over to the waiting thread, which raises it
        builds[name].set_exception(error)
    else:
        builds[name].set_result(None)
