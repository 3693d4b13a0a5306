"""What leaves a state with a lost host, and that the rest of it is whole."""

from typing import Any

import pytest

from infra.engine.forgetting import Forgotten, forget, hosts_of

PROVIDER = "pulumi:providers:docker"
CONTAINER, VOLUME = "docker:index/container:Container", "docker:index/volume:Volume"


def urn(kind: str, name: str) -> str:
    return f"urn:pulumi:t::aqstream::{kind}::{name}"


def host(name: str, **inputs: str) -> dict[str, Any]:
    kept = {"host": f"unix:///{name}.sock", **inputs}
    return {"urn": urn(PROVIDER, f"host-{name}"), "type": PROVIDER, "custom": True, "id": "1", "inputs": kept}


def on(name: str, kind: str, called: str, *needs: str, **members: Any) -> dict[str, Any]:
    """A Docker resource on this host."""
    provider = f"{urn(PROVIDER, f'host-{name}')}::1"
    return resource(kind, called, *needs, provider=provider, outputs={"name": f"aqstream-t-{called}"}, **members)


def resource(kind: str, called: str, *needs: str, **members: Any) -> dict[str, Any]:
    found = {"urn": urn(kind, called), "type": kind, "custom": True, "dependencies": list(needs)}
    return {**found, "propertyDependencies": {"names": list(needs)}, **members}


LOST = urn(CONTAINER, "redis")
LATER = urn(CONTAINER, "redis-2")
STATE = [
    host("db1"),
    host("db2"),
    resource("aqstream:secret:Password", "redis-provisioner"),
    on("db1", VOLUME, "redis-data"),
    on("db1", CONTAINER, "redis", urn(VOLUME, "redis-data")),
    resource("aqstream:redis:Server", "redis", LOST, deletedWith=urn(VOLUME, "redis-data")),
    on("db2", CONTAINER, "redis-2", urn("aqstream:redis:Server", "redis"), urn("aqstream:secret:Password", "own")),
    resource("aqstream:redis:Server", "redis-2", LATER),
]


def names(resources: Any) -> list[str]:
    return [each["urn"].partition("aqstream::")[2] for each in resources]


def left(forgotten: Forgotten, wanted: str) -> Any:
    return next(each for each in forgotten.resources if each["urn"] == wanted)


def test_what_is_on_the_host_goes_with_what_was_made_in_it() -> None:
    assert names(forget("db1", STATE, []).gone) == [
        f"{PROVIDER}::host-db1",
        f"{VOLUME}::redis-data",
        f"{CONTAINER}::redis",
        "aqstream:redis:Server::redis",
    ]


def test_a_container_of_another_host_stays_and_refers_to_nothing_that_is_gone() -> None:
    kept = left(forget("db1", STATE, []), LATER)
    own = urn("aqstream:secret:Password", "own")
    assert (kept["dependencies"], kept["propertyDependencies"]) == ([own], {"names": [own]})


def test_what_stays_only_after_something_lost_in_time_is_as_it_was() -> None:
    assert left(forget("db1", STATE, []), urn("aqstream:redis:Server", "redis-2")) is STATE[-1]


def test_what_is_to_be_removed_on_the_host_is_named_as_docker_knows_it() -> None:
    assert forget("db1", STATE, []).removal == [
        "docker rm --force aqstream-t-redis",
        "docker volume rm aqstream-t-redis-data",
    ]


@pytest.mark.parametrize("begun", ["redis", "redis-data"])
def test_a_step_that_was_begun_there_is_not_waited_for(begun: str) -> None:
    pending = [{"type": "deleting", "resource": each} for each in STATE if each["urn"].endswith(f"::{begun}")]
    ours = {"type": "creating", "resource": STATE[-2]}
    assert forget("db1", STATE, [*pending, ours]).operations == [ours]


def test_a_container_that_has_moved_already_keeps_what_was_made_in_it() -> None:
    former = on("db1", CONTAINER, "redis-2", delete=True)
    forgotten = forget("db1", [*STATE, former], [])
    assert former in forgotten.gone
    assert STATE[-1] in forgotten.resources


def test_a_host_whose_name_begins_alike_is_another_one() -> None:
    assert host("db11") in forget("db1", [host("db1"), host("db11")], []).resources


def test_hosts_are_known_by_their_providers() -> None:
    other = host("db9") | {"urn": urn(PROVIDER, "default_4_0_0")}
    assert hosts_of([*STATE, other]) == {"db1": STATE[0]["inputs"], "db2": STATE[1]["inputs"]}
