"""`docker:index/network:Network`: creates, reads and deletes networks; nothing of one can be changed."""

from __future__ import annotations

import time

from docker.types import IPAMConfig, IPAMPool

from infra.engine.embedded.docker.client import CONFLICT, FORBIDDEN, NOT_FOUND, Docker, Refused, half_done, suppressed
from infra.engine.embedded.docker.compare import merged_properties
from infra.engine.embedded.docker.container_host import labels_of
from infra.engine.embedded.docker.container_observed import labels_list
from infra.engine.embedded.docker.field import Properties
from infra.engine.embedded.docker.resource_type import Recorded, carries_labels
from infra.engine.embedded.docker.schemas import NETWORK
from infra.model.errors import ResourceError

ALLOCATED_SECONDS = 60.0
_POLL_SECONDS = 0.1
_NO_ADDRESSES = ("have been fully subnetted", "non-overlapping IPv4 address pool")
"""How releases of Docker say that their address pools are used up; out of the box those end at 31 networks."""


class Network:
    """The network type."""

    def create(self, docker: Docker, inputs: Properties) -> Recorded:
        """A network; a second one of the same name is refused, though Docker would allow it.

        One of a swarm outlives the host over which it was made: ours, and as it is declared, it is taken over.
        """
        name = inputs["name"]
        try:
            with docker.asked(f"create network {name}"):
                created = docker.api.create_network(
                    name,
                    driver=inputs.get("driver"),
                    options=inputs.get("options"),
                    ipam=ipam(inputs),
                    check_duplicate=True,
                    internal=inputs.get("internal", False),
                    labels=labels_of(inputs.get("labels")),
                    enable_ipv6=inputs.get("ipv6", False),
                    attachable=inputs.get("attachable"),
                    ingress=inputs.get("ingress"),
                )
        except Refused as refusal:
            if refusal.status == CONFLICT and (existing := self._of_the_swarm(docker, inputs)):
                return existing
            raise _not_created(refusal, name) from refusal
        with half_done():
            return self._allocated(docker, str(created["Id"]), inputs)

    def read(self, docker: Docker, identifier: str, declared: Properties) -> Recorded | None:
        """The network as it is now; None when it is gone."""
        inspection = docker.inspect("network", identifier)
        if inspection is None:
            return None
        return Recorded(inspection["Id"], merged_properties(NETWORK.fields, declared, observed(inspection)))

    def _of_the_swarm(self, docker: Docker, inputs: Properties) -> Recorded | None:
        """Ours of that name, where all hosts share it and it is as declared."""
        identifier = self.left_behind(docker, inputs)
        recorded = self.read(docker, identifier, inputs) if identifier else None
        if recorded is None or recorded.outputs["scope"] != "swarm":
            return None
        options = (inputs.get("options") or {}).items()
        same = all(recorded.outputs[key] == inputs.get(key) for key in ("driver", "attachable"))
        return recorded if same and options <= recorded.outputs["options"].items() else None

    def _allocated(self, docker: Docker, identifier: str, inputs: Properties) -> Recorded:
        """As it is once it has a driver: a swarm names the network at once, and gives it driver and addresses later."""
        deadline = time.monotonic() + ALLOCATED_SECONDS
        while (recorded := self.read(docker, identifier, inputs)) is not None:
            if recorded.outputs["driver"]:
                return recorded
            if time.monotonic() > deadline:
                self.delete(docker, identifier, inputs)
                raise ResourceError(
                    f"network {inputs['name']} has no driver {ALLOCATED_SECONDS:.0f} s after it was made",
                    "more than half of the swarm's managers have to answer: docker node ls",
                )
            time.sleep(_POLL_SECONDS)
        raise ResourceError(f"network {inputs['name']} disappeared as soon as it was there")

    def update(self, docker: Docker, identifier: str, recorded: Properties, inputs: Properties) -> Recorded:
        """Never asked for: every property replaces."""
        raise ResourceError(f"network {inputs['name']} cannot be changed in place")

    def delete(self, docker: Docker, identifier: str, recorded: Properties) -> None:
        """Removes the network; one that is gone is fine, one in use is named with its containers."""
        name = recorded.get("name", identifier)
        try:
            with suppressed(NOT_FOUND), docker.asked(f"remove network {name}"):
                docker.api.remove_network(identifier)
        except Refused as refusal:
            if refusal.status == FORBIDDEN and "active endpoints" in refusal.said:
                raise _still_used(docker, identifier, name) from refusal
            raise

    def left_behind(self, docker: Docker, inputs: Properties) -> str | None:
        """The network of that name, if it carries our labels."""
        inspection = docker.inspect("network", inputs["name"])
        if inspection is None or inspection["Name"] != inputs["name"]:
            return None
        return str(inspection["Id"]) if carries_labels(inspection.get("Labels"), inputs) else None


def ipam(inputs: Properties) -> IPAMConfig:
    """How addresses are given out, in Docker's form; pure."""
    pools = [
        IPAMPool(pool.get("subnet"), pool.get("ipRange"), pool.get("gateway"), pool.get("auxAddress"))
        for pool in inputs.get("ipamConfigs") or []
    ]
    return IPAMConfig(inputs.get("ipamDriver") or "default", pools, inputs.get("ipamOptions"))


def observed(inspection: Properties) -> Properties:
    """Docker's inspection of a network -> its properties; pure."""
    addressing = inspection.get("IPAM") or {}
    return {
        "name": inspection["Name"],
        "driver": inspection["Driver"],
        "internal": inspection.get("Internal", False),
        "attachable": inspection.get("Attachable", False),
        "ingress": inspection.get("Ingress", False),
        "ipv6": inspection.get("EnableIPv6", False),
        "options": inspection.get("Options") or {},
        "labels": labels_list(inspection.get("Labels")),
        "ipamDriver": addressing.get("Driver") or "default",
        "ipamOptions": addressing.get("Options") or {},
        "ipamConfigs": [_pool(pool) for pool in addressing.get("Config") or []],
        "scope": inspection.get("Scope") or "",
    }


def _pool(pool: Properties) -> Properties:
    return {
        "subnet": pool.get("Subnet") or "",
        "ipRange": pool.get("IPRange") or "",
        "gateway": pool.get("Gateway") or "",
        "auxAddress": pool.get("AuxiliaryAddresses") or {},
    }


def _not_created(refusal: Refused, name: str) -> ResourceError:
    if refusal.status == CONFLICT:
        return ResourceError(
            f"cannot create network {name}: one of that name exists, and this stack does not know it",
            f"docker network rm {name}, if nothing needs it",
        )
    if any(words in refusal.said for words in _NO_ADDRESSES):
        return ResourceError(
            f"cannot create network {name}: Docker has no addresses left, its networks have taken all of its pools",
            "docker network prune removes those that nothing uses; otherwise give Docker more of them in"
            ' /etc/docker/daemon.json, such as {"default-address-pools": [{"base": "10.128.0.0/12", "size": 24}]},'
            " and restart it",
        )
    return refusal


def _still_used(docker: Docker, identifier: str, name: str) -> ResourceError:
    inspection = docker.inspect("network", identifier) or {}
    users = sorted(container["Name"] for container in (inspection.get("Containers") or {}).values())
    return ResourceError(
        f"network {name} is still used by {', '.join(users) or 'a container'}",
        f"docker network disconnect --force {name} {users[0] if users else 'CONTAINER'}",
    )
