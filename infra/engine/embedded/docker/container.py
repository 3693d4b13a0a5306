"""`docker:index/container:Container`: creates, reads, updates and deletes containers."""

from __future__ import annotations

import base64
import io
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from infra.engine.embedded.docker import port_holder
from infra.engine.embedded.docker.client import CONFLICT, NOT_FOUND, Docker, Refused, half_done, suppressed
from infra.engine.embedded.docker.compare import merged_properties
from infra.engine.embedded.docker.container_fields import CONTAINER
from infra.engine.embedded.docker.container_health import wait_until_healthy
from infra.engine.embedded.docker.container_host import limits
from infra.engine.embedded.docker.container_observed import observed, own_environment, own_labels
from infra.engine.embedded.docker.container_payload import payload
from infra.engine.embedded.docker.field import Properties
from infra.engine.embedded.docker.resource_type import Recorded, carries_labels
from infra.model.errors import OutcomeUnknown, ResourceError

UPDATED = frozenset(limits({}))
DEFAULT_WAIT_SECONDS = 60


class Container:
    """The container type; all that Docker cannot change in place is a replacement."""

    def create(self, docker: Docker, inputs: Properties) -> Recorded:
        """A running container, ready if `wait` asks for that; leaves nothing behind when it fails."""
        identifier = _create(docker, inputs)
        with _taken_back(docker, identifier, inputs["name"]):
            _join_networks(docker, identifier, inputs)
            _upload(docker, identifier, inputs)
            _start(docker, identifier, inputs)
            logs = _attached(docker, identifier, inputs)
            recorded = _record(docker, identifier, inputs)
        return Recorded(identifier, {**recorded, "containerLogs": logs})

    def read(self, docker: Docker, identifier: str, declared: Properties) -> Recorded | None:
        """The container as it is now, with environment and labels; None when it is gone."""
        inspection = docker.inspect("container", identifier)
        if inspection is None:
            return None
        image = docker.inspect("image", inspection["Image"])
        config = inspection["Config"]
        found = observed(inspection, declared)
        if image is not None:
            found["envs"] = own_environment(config, image.get("Config") or {})
            found["labels"] = own_labels(config, image.get("Config") or {})
        return Recorded(identifier, merged_properties(CONTAINER.fields, declared, found))

    def update(self, docker: Docker, identifier: str, recorded: Properties, inputs: Properties) -> Recorded:
        """Changes limits and restart policy, and starts the container if it must run and does not."""
        if limits(recorded) != limits(inputs):
            _change_limits(docker, identifier, inputs)
        with half_done():
            if inputs.get("mustRun") and not recorded.get("mustRun") and inputs.get("start"):
                _start(docker, identifier, inputs)
            return Recorded(identifier, _record(docker, identifier, inputs))

    def delete(self, docker: Docker, identifier: str, recorded: Properties) -> None:
        """Stops the container as gently as it asks for, and removes it; one that is gone is fine."""
        if not recorded.get("attach"):
            _stop(docker, identifier, recorded.get("destroyGraceSeconds") or 0)
        with half_done():
            _remove(docker, identifier, remove_volumes=recorded.get("removeVolumes", True))

    def left_behind(self, docker: Docker, inputs: Properties) -> str | None:
        """The container of that name, if it carries our labels and has run; another one is made anew."""
        inspection = _ours(docker, inputs)
        return str(inspection["Id"]) if inspection is not None and _has_run(inspection) else None


def _ours(docker: Docker, inputs: Properties) -> Properties | None:
    """The container of that name, if it carries our labels."""
    inspection = docker.inspect("container", inputs["name"])
    if inspection is None or not carries_labels(inspection["Config"].get("Labels"), inputs):
        return None
    return inspection


def _has_run(inspection: Properties) -> bool:
    """Whether it was ever started: until then, networks and files may be missing.

    One whose engine was killed while starting it cannot be started at all: "task ... already exists".
    """
    return not str(inspection["State"]["StartedAt"]).startswith("0001-")


def _create(docker: Docker, inputs: Properties) -> str:
    """Its id. What an interrupted create of ours left unfinished makes room."""
    try:
        return _made(docker, inputs)
    except Refused as refusal:
        left = _ours(docker, inputs) if refusal.status == CONFLICT else None
        if left is None or _has_run(left):
            raise _creation_failure(refusal, inputs) from refusal
    _remove(docker, left["Id"], remove_volumes=True)
    try:
        return _made(docker, inputs)
    except Refused as refusal:
        raise _creation_failure(refusal, inputs) from refusal


def _made(docker: Docker, inputs: Properties) -> str:
    name = inputs["name"]
    with docker.asked(f"create container {name}"):
        created = docker.api.create_container_from_config(payload(inputs), name, inputs.get("platform"))
    return str(created["Id"])


@contextmanager
def _taken_back(docker: Docker, identifier: str, name: str) -> Iterator[None]:
    """Removes a new container again where what follows fails; raises OutcomeUnknown where that fails as well."""
    try:
        yield
    except ResourceError as failure:
        try:
            _remove(docker, identifier, remove_volumes=True)
        except ResourceError as other:
            rest = "" if other.message == failure.message else f"; container {name} is still there: {other.message}"
            raise OutcomeUnknown(f"{failure.message}{rest}", failure.hint or other.hint) from failure
        raise


def _creation_failure(refusal: Refused, inputs: Properties) -> ResourceError:
    name = inputs["name"]
    if refusal.status == CONFLICT:
        return ResourceError(
            f"cannot create container {name}: a container of that name exists, and this stack does not know it",
            f"docker rm --force {name}, if nothing needs it",
        )
    if refusal.status == NOT_FOUND and "image" in refusal.said.lower():
        return ResourceError(
            f"cannot create container {name}: its image {inputs['image']} is not on this host",
            "aqdata images build",
        )
    return refusal


def _join_networks(docker: Docker, identifier: str, inputs: Properties) -> None:
    for network in (inputs.get("networksAdvanced") or [])[1:]:
        with docker.asked(f"connect container {inputs['name']} to network {network['name']}"):
            docker.api.connect_container_to_network(
                identifier,
                network["name"],
                aliases=network.get("aliases"),
                ipv4_address=network.get("ipv4Address"),
                ipv6_address=network.get("ipv6Address"),
                link_local_ips=network.get("linkLocalIps"),
                driver_opt=dict(option.split("=", 1) for option in network.get("driverOpts") or []),
                mac_address=network.get("macAddress"),
            )


def _upload(docker: Docker, identifier: str, inputs: Properties) -> None:
    uploads = inputs.get("uploads") or []
    if uploads:
        with docker.asked(f"upload files to container {inputs['name']}"):
            docker.api.put_archive(identifier, "/", _archive(uploads))


def _archive(uploads: list[Properties]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for upload in uploads:
            content = _upload_content(upload)
            member = tarfile.TarInfo(upload["file"].lstrip("/"))
            member.size = len(content)
            member.mode = int(upload.get("permissions") or ("0744" if upload.get("executable") else "0644"), 8)
            archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def _upload_content(upload: Properties) -> bytes:
    if upload.get("source"):
        return Path(upload["source"]).read_bytes()
    if upload.get("contentBase64"):
        return base64.b64decode(upload["contentBase64"])
    return str(upload.get("content", "")).encode()


def _start(docker: Docker, identifier: str, inputs: Properties) -> None:
    if not inputs.get("start", True):
        return
    try:
        with docker.asked(f"start container {inputs['name']}"):
            docker.api.start(identifier)
    except Refused as refusal:
        raise _start_failure(docker, refusal, inputs) from refusal
    if inputs.get("wait"):
        wait_until_healthy(docker, identifier, inputs["name"], inputs.get("waitTimeout") or DEFAULT_WAIT_SECONDS)


def _start_failure(docker: Docker, refusal: Refused, inputs: Properties) -> ResourceError:
    address = port_holder.refused_address(refusal.said)
    if address is None:
        return refusal
    ip, port = address
    return ResourceError(
        f"port {ip}:{port}, which container {inputs['name']} publishes, is held by {port_holder.holder(docker, port)}",
        "stop the holder, or set another port in the stack file",
    )


def _attached(docker: Docker, identifier: str, inputs: Properties) -> str | None:
    if not inputs.get("attach"):
        return None
    with docker.asked(f"wait for container {inputs['name']}"):
        docker.api.wait(identifier)
        return docker.api.logs(identifier).decode(errors="replace") if inputs.get("logs") else None


def _record(docker: Docker, identifier: str, inputs: Properties) -> Properties:
    inspection = docker.inspect("container", identifier)
    if inspection is None:
        raise ResourceError(f"container {inputs['name']} disappeared as soon as it was there")
    return merged_properties(CONTAINER.fields, inputs, observed(inspection, inputs))


def _change_limits(docker: Docker, identifier: str, inputs: Properties) -> None:
    wanted = limits(inputs)
    quota = {} if inputs.get("cpus") else {"cpu_period": wanted["CpuPeriod"], "cpu_quota": wanted["CpuQuota"]}
    with docker.asked(f"change the limits of container {inputs['name']}"):
        docker.api.update_container(
            identifier,
            cpu_shares=wanted["CpuShares"],
            cpuset_cpus=wanted["CpusetCpus"],
            mem_limit=wanted["Memory"],
            mem_reservation=wanted["MemoryReservation"],
            memswap_limit=wanted["MemorySwap"],
            restart_policy=wanted["RestartPolicy"],
            **quota,
        )


def _stop(docker: Docker, identifier: str, grace_seconds: int) -> None:
    with suppressed(NOT_FOUND), docker.asked(f"stop container {identifier}"):
        docker.api.stop(identifier, timeout=grace_seconds)


def _remove(docker: Docker, identifier: str, *, remove_volumes: bool) -> None:
    """A removal that Docker has already begun answers with a conflict."""
    with suppressed(NOT_FOUND, CONFLICT), docker.asked(f"remove container {identifier}"):
        docker.api.remove_container(identifier, v=remove_volumes, force=True)
