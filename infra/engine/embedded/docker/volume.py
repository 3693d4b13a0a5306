"""`docker:index/volume:Volume`: creates, reads and deletes volumes; nothing of one can be changed."""

from __future__ import annotations

from infra.engine.embedded.docker.client import CONFLICT, NOT_FOUND, Docker, Refused, suppressed
from infra.engine.embedded.docker.compare import merged_properties
from infra.engine.embedded.docker.container_host import labels_of
from infra.engine.embedded.docker.container_observed import labels_list
from infra.engine.embedded.docker.field import Properties
from infra.engine.embedded.docker.resource_type import Recorded, carries_labels
from infra.engine.embedded.docker.schemas import VOLUME
from infra.model.errors import ResourceError


class Volume:
    """The volume type. What it holds is never touched here."""

    def create(self, docker: Docker, inputs: Properties) -> Recorded:
        """A volume. One of that name with our labels is taken over with its content, a stranger's is refused."""
        name = inputs["name"]
        existing = docker.inspect("volume", name)
        if existing is not None and not _is_ours(existing, inputs):
            raise ResourceError(
                f"cannot create volume {name}: one of that name exists, and it is not this stack's",
                f"docker volume inspect {name} shows whose it is",
            )
        if existing is None:
            with docker.asked(f"create volume {name}"):
                existing = docker.api.create_volume(
                    name, inputs.get("driver"), inputs.get("driverOpts"), labels_of(inputs.get("labels"))
                )
        return Recorded(existing["Name"], merged_properties(VOLUME.fields, inputs, observed(existing)))

    def read(self, docker: Docker, identifier: str, declared: Properties) -> Recorded | None:
        """The volume as it is now; None when it is gone."""
        inspection = docker.inspect("volume", identifier)
        if inspection is None:
            return None
        return Recorded(identifier, merged_properties(VOLUME.fields, declared, observed(inspection)))

    def update(self, docker: Docker, identifier: str, recorded: Properties, inputs: Properties) -> Recorded:
        """Never asked for: every property replaces."""
        raise ResourceError(f"volume {identifier} cannot be changed in place")

    def delete(self, docker: Docker, identifier: str, recorded: Properties) -> None:
        """Removes the volume and what it holds; one that is gone is fine, one in use is named."""
        try:
            with suppressed(NOT_FOUND), docker.asked(f"remove volume {identifier}"):
                docker.api.remove_volume(identifier, force=True)
        except Refused as refusal:
            if refusal.status == CONFLICT:
                raise _still_used(docker, identifier) from refusal
            raise

    def left_behind(self, docker: Docker, inputs: Properties) -> str | None:
        """The volume of that name, if it carries our labels."""
        inspection = docker.inspect("volume", inputs["name"])
        if inspection is None or not carries_labels(inspection.get("Labels"), inputs):
            return None
        return str(inspection["Name"])


def observed(inspection: Properties) -> Properties:
    """Docker's inspection of a volume -> its properties; pure."""
    return {
        "name": inspection["Name"],
        "driver": inspection["Driver"],
        "driverOpts": inspection.get("Options") or {},
        "labels": labels_list(inspection.get("Labels")),
        "mountpoint": inspection["Mountpoint"],
    }


def _is_ours(inspection: Properties, inputs: Properties) -> bool:
    return not inputs.get("labels") or carries_labels(inspection.get("Labels"), inputs)


def _still_used(docker: Docker, name: str) -> ResourceError:
    with docker.asked(f"look who uses volume {name}"):
        found = docker.api.containers(all=True, filters={"volume": name})
    users = [container["Names"][0].lstrip("/") for container in found]
    return ResourceError(
        f"volume {name} is still used by {', '.join(users) or 'a container'}",
        f"docker rm --force {users[0]}, if nothing needs it" if users else "",
    )
