"""`aqdata status` on a deployed stack, and what it calls well."""

import json
from dataclasses import replace
from io import StringIO

import pytest
from rich.console import Console

from cli.display.status import status_json, status_tables
from infra.status.facts import Backups, Instance, Part, Pool, Server, StackStatus
from tests.servers.stack import StackUnderTest

PRIMARY = Server("postgres-user-1", "primary", "running", 2)
REPLICA = Server("postgres-user-2", "replica", "streaming", 2, 0)
SECOND = replace(PRIMARY, name="postgres-user-2")


NOW, EXPIRY = 1_900_000_000, 2_000_000_000


def _status(*servers: Server, health: str = "healthy", writes: int | None = 1, now: int = NOW) -> StackStatus:
    endpoints = {"read-write": "127.0.0.1:5433", "read-only": "127.0.0.1:5533"}
    pools = (Pool("user_service_app", 3, 1, 2, 0),)
    instance = Instance("postgres-user", endpoints, servers, Backups(1_700_000_000), pools, reads=1, writes=writes)
    return StackStatus("prod", (instance,), (Part("etcd-1", health),), now, {"postgres-user": EXPIRY})


def test_one_primary_that_every_replica_follows_is_well() -> None:
    assert _status(PRIMARY, REPLICA).is_well


@pytest.mark.parametrize(
    "servers",
    [
        (REPLICA,),
        (PRIMARY, replace(REPLICA, state="start failed")),
        (PRIMARY, SECOND),
    ],
    ids=["no primary", "a replica that does not follow", "two primaries"],
)
def test_anything_else_is_not(servers: tuple[Server, ...]) -> None:
    assert not _status(*servers).is_well


def test_a_part_that_does_not_run_is_not_well() -> None:
    assert not _status(PRIMARY, REPLICA, health="exited").is_well


@pytest.mark.parametrize("writes", [0, None], ids=["nowhere", "nobody knows where"])
def test_an_instance_whose_writes_go_nowhere_is_not_well(writes: int | None) -> None:
    assert not _status(PRIMARY, REPLICA, writes=writes).is_well


def test_a_plain_server_has_no_proxy_to_send_it_writes() -> None:
    assert _status(PRIMARY, writes=None).is_well


def test_an_expired_certificate_is_not_well_and_shown(capsys: pytest.CaptureFixture[str]) -> None:
    expired = _status(PRIMARY, REPLICA, now=EXPIRY)
    assert not expired.is_well
    Console(width=250).print(status_tables(expired))
    assert "expired" in capsys.readouterr().out


def test_the_json_says_who_follows_whom() -> None:
    found = status_json(_status(PRIMARY, REPLICA))
    servers = found["instances"]["postgres-user"]["servers"]
    assert [(server["role"], server["state"], server["lag"]) for server in servers] == [
        ("primary", "running", None),
        ("replica", "streaming", 0),
    ]
    assert found["certificates"] == {"postgres-user": "2033-05-18T03:33:20Z"}


def test_the_tables_name_every_server_pool_and_part() -> None:
    console = Console(width=250, record=True, file=StringIO())
    console.print(status_tables(_status(PRIMARY, REPLICA)))
    text = console.export_text()
    assert all(word in text for word in ("postgres-user-2", "streaming", "user_service_app", "etcd-1", "(1 up)"))


@pytest.mark.docker
def test_a_deployed_stack_is_well(deployed: StackUnderTest) -> None:
    shown = deployed.command("status", "--json")
    assert shown.returncode == 0, shown.stderr
    found = json.loads(shown.stdout)
    assert found["well"]
    assert {server["role"] for each in found["instances"].values() for server in each["servers"]} == {"primary"}
    assert set(found["certificates"]) >= {"minio", "redis", "postgres-payment"}


@pytest.mark.docker
def test_an_instance_without_replicas_has_nobody_to_hand_over_to(deployed: StackUnderTest) -> None:
    refused = deployed.command("switchover", "postgres-user")
    assert refused.returncode == 2
    assert "has no replicas" in refused.stderr
