"""The properties of networks, volumes and images, and the table of all the types."""

from __future__ import annotations

from collections.abc import Mapping

from infra.engine.embedded.docker.container_fields import CONTAINER
from infra.engine.embedded.docker.field import LABELS, Field, Schema

NETWORK = Schema(
    fields=(
        Field("name", required=True),
        Field("driver", computed=True),
        Field("internal", "bool", computed=True),
        Field("attachable", "bool"),
        Field("ingress", "bool"),
        Field("ipv6", "bool"),
        Field("options", "map", computed=True),
        Field("labels", "set", LABELS),
        Field("ipamDriver", default="default"),
        Field("ipamOptions", "map"),
        Field(
            "ipamConfigs",
            "set",
            (Field("subnet"), Field("ipRange"), Field("gateway", computed=True), Field("auxAddress", "map")),
            computed=True,
        ),
        Field("scope", read_only=True),
    ),
    version=1,
)

VOLUME = Schema(
    fields=(
        Field("name", computed=True),
        Field("driver", computed=True),
        Field("driverOpts", "map"),
        Field("labels", "set", LABELS),
        Field("mountpoint", read_only=True),
    ),
    refused=frozenset({"cluster"}),
    version=1,
)

REMOTE_IMAGE = Schema(
    fields=(
        Field("name", required=True),
        Field("keepLocally", "bool", replaces=False),
        Field("forceRemove", "bool", replaces=False),
        Field("pullTriggers", "set"),
        Field("triggers", "map"),
        Field("platform"),
        Field("imageId", read_only=True),
        Field("repoDigest", read_only=True),
    ),
    refused=frozenset({"build"}),
    has_timeouts=True,
)

SCHEMAS: Mapping[str, Schema] = {
    "docker:index/container:Container": CONTAINER,
    "docker:index/network:Network": NETWORK,
    "docker:index/remoteImage:RemoteImage": REMOTE_IMAGE,
    "docker:index/volume:Volume": VOLUME,
}
