"""Networks on the real Docker Engine."""

from __future__ import annotations

import os
from typing import Any

import pytest
from docker import APIClient

from infra.engine.embedded.docker.client import Docker
from infra.engine.embedded.docker.configuration import HostSettings
from infra.engine.embedded.docker.network import Network
from infra.model.errors import ResourceError
from tests.engine.docker.conftest import Resources
from tests.servers.swarm import engines

pytestmark = pytest.mark.docker
_NUMBER = 90 + os.getpid() % 10
"""Of the bridge and its subnet: every worker of a run has its own."""


def declaration(resources: Resources, **more: Any) -> dict[str, Any]:
    return {"name": resources.name("n"), "driver": "bridge", "labels": resources.labels(), **more}


def test_a_network_is_unchanged_after_creation_and_after_reading_back(resources: Resources) -> None:
    declared = declaration(resources, internal=True, options={"com.docker.network.bridge.enable_icc": "true"})
    identifier, state = resources.create("network", **declared)
    assert resources.diff("network", state, **declared).changes is False
    assert resources.read("network", identifier, state, **declared) == (identifier, state)


def test_every_change_replaces_and_a_kept_name_is_deleted_first(resources: Resources) -> None:
    declared = declaration(resources)
    _, state = resources.create("network", **declared)
    answer = resources.diff("network", state, **{**declared, "internal": True})
    assert answer.replaces == ["internal"]
    assert answer.delete_before_replace
    renamed = resources.diff("network", state, **{**declared, "name": resources.name("other")})
    assert renamed.replaces == ["name"]
    assert not renamed.delete_before_replace


def test_an_address_pool_is_kept_with_its_gateway(resources: Resources) -> None:
    declared = declaration(resources, ipamConfigs=[{"subnet": "10.213.77.0/28"}])
    _, state = resources.create("network", **declared)
    assert state["ipamConfigs"][0]["subnet"] == "10.213.77.0/28"
    assert resources.diff("network", state, **declared).changes is False
    moved = {**declared, "ipamConfigs": [{"subnet": "10.213.78.0/28"}]}
    assert resources.diff("network", state, **moved).replaces == ["ipamConfigs"]


def test_a_second_network_of_one_name_is_refused(resources: Resources, api: APIClient) -> None:
    api.create_network(resources.name("n"))
    assert resources.adopt("network", **declaration(resources)) is None
    with pytest.raises(ResourceError, match="one of that name exists"):
        resources.create("network", **declaration(resources))


def test_our_own_network_is_adopted(resources: Resources) -> None:
    identifier, _ = resources.create("network", **declaration(resources))
    assert resources.adopt("network", **declaration(resources)) == identifier


def test_a_network_in_use_is_not_deleted_and_its_users_are_named(resources: Resources, image: str) -> None:
    declared = declaration(resources)
    identifier, state = resources.create("network", **declared)
    resources.create(
        "container",
        name=resources.name("user"),
        image=image,
        command=["sleep", "600"],
        networksAdvanced=[{"name": declared["name"]}],
    )
    with pytest.raises(ResourceError, match=f"still used by {resources.name('user')}"):
        resources.delete("network", identifier, state)


def test_deletion_is_content_with_an_absent_network(resources: Resources) -> None:
    identifier, state = resources.create("network", **declaration(resources))
    resources.delete("network", identifier, state)
    resources.delete("network", identifier, state)
    assert resources.read("network", identifier, state, **declaration(resources)) == ("", {})


@pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces need root")
def test_an_engine_without_addresses_is_told_apart_and_the_way_out_is_named() -> None:
    pool = ["--default-address-pool", "base=10.214.192.0/23,size=24"]
    with engines([f"aqp{_NUMBER}"], [], _NUMBER, pool) as (host,):
        docker = Docker(HostSettings(host=host.socket))
        Network().create(docker, {"name": "n1", "driver": "bridge"})
        with pytest.raises(ResourceError, match="Docker has no addresses left") as refused:
            Network().create(docker, {"name": "n2", "driver": "bridge"})
    assert "default-address-pools" in refused.value.hint
    assert "docker network prune" in refused.value.hint
