"""What a swarm adds to a container's endpoint is not read as something that was declared."""

from infra.engine.embedded.docker.container_networks import networking

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
