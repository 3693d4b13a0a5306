"""A swarm gives networks their driver later, and adds to a container's endpoint what nobody declared."""

from contextlib import nullcontext
from typing import Any
from unittest.mock import Mock

import pytest

from infra.engine.embedded.docker import network
from infra.engine.embedded.docker.client import Refused
from infra.engine.embedded.docker.container_networks import networking
from infra.model.errors import ResourceError

DECLARED = {"name": "shared", "driver": "overlay", "attachable": True}
LOCAL = "f" * 64
SWARM = "x" * 25


def _address(network_id: str, declared: str = "") -> str:
    endpoint = {"NetworkID": network_id, "IPAMConfig": {"IPv4Address": "10.0.1.5"}, "Aliases": []}
    inspection = {
        "Id": "0" * 64,
        "Name": "/redis",
        "Config": {"Hostname": "redis"},
        "HostConfig": {},
        "NetworkSettings": {"Networks": {"shared": endpoint}},
    }
    wanted = {"networksAdvanced": [{"name": "shared", "ipv4Address": declared}]}
    return str(networking(inspection, wanted)["networksAdvanced"][0]["ipv4Address"])


def test_an_address_that_a_swarm_gave_is_not_the_containers_own() -> None:
    assert not _address(SWARM)


def test_an_address_that_somebody_asked_for_is() -> None:
    assert _address(LOCAL) == "10.0.1.5"
    assert _address(SWARM, declared="10.0.1.5") == "10.0.1.5"


def _swarm(*drivers: str) -> Any:
    """A Docker Engine that says these drivers one after another, the last one for good."""
    seen = [{"Id": SWARM, "Name": "shared", "Driver": driver, "Attachable": True} for driver in drivers]
    docker = Mock()
    docker.asked.side_effect = nullcontext
    docker.api.create_network.return_value = {"Id": SWARM}
    docker.inspect.side_effect = lambda *_: seen.pop(0) if len(seen) > 1 else seen[0]
    return docker


def test_a_network_is_recorded_when_the_swarm_has_given_it_its_driver() -> None:
    assert network.Network().create(_swarm("", "", "overlay"), DECLARED).outputs["driver"] == "overlay"


def test_a_network_that_gets_no_driver_is_taken_away_and_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network, "ALLOCATED_SECONDS", 0.0)
    docker = _swarm("")
    with pytest.raises(ResourceError, match="network shared has no driver") as refused:
        network.Network().create(docker, DECLARED)
    assert "docker node ls" in refused.value.hint
    docker.api.remove_network.assert_called_once_with(SWARM)


OURS = DECLARED | {"labels": [{"label": "aqstream.stack", "value": "t"}], "options": {"encrypted": ""}}


def _with_one(**differing: Any) -> Any:
    """A Docker Engine of a swarm that has the network already, made over a host that is gone."""
    found = {"Id": SWARM, "Name": "shared", "Driver": "overlay", "Attachable": True, "Scope": "swarm"}
    docker = Mock()
    docker.asked.side_effect = Refused("create network shared", 409, "network with name shared already exists")
    labels, options = {"aqstream.stack": "t"}, {"encrypted": "", "com.docker.network.driver.overlay.vxlanid_list": "1"}
    docker.inspect.return_value = found | {"Labels": labels, "Options": options} | differing
    return docker


def test_our_network_of_the_swarm_is_taken_over() -> None:
    assert network.Network().create(_with_one(), OURS).id == SWARM


@pytest.mark.parametrize(
    "differing",
    [
        {"Labels": {"aqstream.stack": "another"}},
        {"Scope": "local"},
        {"Options": {}},
        {"Attachable": False},
    ],
    ids=lambda each: next(iter(each)),
)
def test_one_of_somebody_else_or_of_another_form_is_not(differing: dict[str, Any]) -> None:
    with pytest.raises(ResourceError, match="one of that name exists"):
        network.Network().create(_with_one(**differing), OURS)
