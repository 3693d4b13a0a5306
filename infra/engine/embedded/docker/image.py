"""`docker:index/remoteImage:RemoteImage` and `getRemoteImage`: images by name, pulled when the host lacks them."""

from __future__ import annotations

from docker.auth import resolve_repository_name

from infra.engine.embedded.docker.client import NOT_FOUND, Docker, suppressed
from infra.engine.embedded.docker.compare import without_defaults
from infra.engine.embedded.docker.field import Properties
from infra.engine.embedded.docker.resource_type import Recorded
from infra.engine.embedded.docker.schemas import REMOTE_IMAGE
from infra.model.errors import ResourceError


class RemoteImage:
    """The image type. Its id is the image's with the name after it, as pulumi-docker has it."""

    def create(self, docker: Docker, inputs: Properties) -> Recorded:
        """The image of that name, from this host or else from its registry."""
        name = inputs["name"]
        inspection = docker.inspect("image", name) or _pulled(docker, inputs)
        return Recorded(f"{inspection['Id']}{name}", _outputs(inspection, inputs))

    def read(self, docker: Docker, identifier: str, declared: Properties) -> Recorded | None:
        """The image that the name means now; None when the host has none of that name."""
        name = declared.get("name") or identifier.removeprefix("sha256:")[64:]
        inspection = docker.inspect("image", name)
        if inspection is None:
            return None
        return Recorded(f"{inspection['Id']}{name}", _outputs(inspection, {**declared, "name": name}))

    def update(self, docker: Docker, identifier: str, recorded: Properties, inputs: Properties) -> Recorded:
        """Notes the new wishes about deletion; the image is the same."""
        return Recorded(identifier, {**recorded, **_declared(inputs)})

    def delete(self, docker: Docker, identifier: str, recorded: Properties) -> None:
        """Untags the image unless it is kept locally; one that is gone is fine."""
        if recorded.get("keepLocally"):
            return
        name = recorded["name"]
        with suppressed(NOT_FOUND), docker.asked(f"remove image {name}"):
            docker.api.remove_image(name, force=recorded.get("forceRemove") or False)

    def left_behind(self, docker: Docker, inputs: Properties) -> str | None:
        """Nothing: looking an image up again is the same as creating it."""
        return None


def look_up(docker: Docker, arguments: Properties) -> Properties:
    """`getRemoteImage`: the id and digest of an image of this host; raises ResourceError when it has none."""
    name = arguments["name"]
    inspection = docker.inspect("image", name)
    if inspection is None:
        raise ResourceError(f"there is no image {name} on this host", "aqdata images build")
    return {"id": inspection["Id"], "name": name, "repoDigest": repository_digest(name, inspection)}


def repository_digest(name: str, inspection: Properties) -> str:
    """The digest under which a registry knows the image; empty for one that was built here."""
    digests: list[str] = inspection.get("RepoDigests") or []
    repository = name.split(":", maxsplit=1)[0]
    return next((digest for digest in digests if digest.startswith(repository)), digests[0] if digests else "")


def _pulled(docker: Docker, inputs: Properties) -> Properties:
    name = inputs["name"]
    with docker.asked(f"pull image {name}"):
        docker.api.pull(name, platform=inputs.get("platform"), auth_config=_login(docker, name))
    inspection = docker.inspect("image", name)
    if inspection is None:
        raise ResourceError(f"image {name} was pulled, but is not on the host")
    return inspection


def _login(docker: Docker, name: str) -> dict[str, str] | None:
    registry, _ = resolve_repository_name(name)
    for entry in docker.settings.registry_auth:
        if entry.get("address", "").removeprefix("https://").rstrip("/") == registry and entry.get("username"):
            return {"username": entry["username"], "password": entry.get("password", "")}
    return None


def _declared(inputs: Properties) -> Properties:
    return {field.name: without_defaults(inputs.get(field.name)) for field in REMOTE_IMAGE if not field.read_only}


def _outputs(inspection: Properties, inputs: Properties) -> Properties:
    digest = repository_digest(inputs["name"], inspection)
    return {**_declared(inputs), "imageId": inspection["Id"], "repoDigest": digest}
