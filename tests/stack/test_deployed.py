"""What a deployed stack really is: hardened, separated, and without a secret where one can be read."""

import json
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest

from tests.servers.stack import INSTANCES, StackUnderTest

pytestmark = pytest.mark.docker
PASSWORD_LENGTH = 40
CONTAINERS = (*INSTANCES, "redis", "redis-cache", "minio")


@pytest.mark.parametrize("component", CONTAINERS)
def test_every_container_is_hardened_and_limited(deployed: StackUnderTest, component: str) -> None:
    attributes = deployed.container(component).attrs
    host = attributes["HostConfig"]
    assert attributes["Config"]["User"] == "999:999"
    assert host["CapDrop"] == ["ALL"]
    assert not host["CapAdd"]
    assert host["ReadonlyRootfs"]
    assert not host["Privileged"]
    assert "no-new-privileges:true" in host["SecurityOpt"]
    assert host["PidsLimit"] == 512
    assert host["Memory"] == host["MemorySwap"] > 0
    assert host["NanoCpus"] > 0
    published = [binding for bindings in host["PortBindings"].values() for binding in bindings]
    assert {binding["HostIp"] for binding in published} == {"127.0.0.1"}
    assert attributes["Config"]["Healthcheck"]["Test"][0] == "CMD"


def test_payment_shares_its_network_with_nobody(deployed: StackUnderTest) -> None:
    members = {
        component: set(deployed.container(component).attrs["NetworkSettings"]["Networks"]) for component in CONTAINERS
    }
    payment = f"aqstream-{deployed.name}-payment"
    assert [component for component, networks in members.items() if payment in networks] == ["postgres-payment"]
    shared = f"aqstream-{deployed.name}-shared"
    assert shared not in members["postgres-payment"]


@pytest.mark.parametrize("neighbour", ["postgres-shared", "postgres-user", "postgres-analytics"])
def test_no_neighbour_reaches_payment_by_name_or_address(deployed: StackUnderTest, neighbour: str) -> None:
    networks = deployed.container("postgres-payment").attrs["NetworkSettings"]["Networks"]
    source = deployed.container(neighbour)
    for target in ["postgres-payment", *(network["IPAddress"] for network in networks.values())]:
        tried = source.exec_run(["pg_isready", "--quiet", "--timeout=1", f"--host={target}"])
        assert tried.exit_code == 2, f"{neighbour} reaches {target}"
    itself = source.exec_run(["pg_isready", "--quiet", "--timeout=1", f"--host={neighbour}"])
    assert itself.exit_code == 0


def _secrets(value: Any) -> Iterator[str]:
    """Generated passwords: what else stands beside them are names, addresses and ports."""
    if isinstance(value, dict):
        for item in value.values():
            yield from _secrets(item)
    elif isinstance(value, str) and len(value) == PASSWORD_LENGTH:
        yield value


@pytest.fixture(scope="module")
def secrets(deployed: StackUnderTest) -> list[str]:
    outputs = deployed.outputs()
    found = [*_secrets(outputs["credentials"]), *_secrets(outputs["instanceCredentials"])]
    assert len(found) > 20
    return found


def test_no_secret_is_in_the_state_file(deployed: StackUnderTest, secrets: list[str]) -> None:
    state = deployed.state_file.read_text()
    assert [secret for secret in secrets if secret in state] == []
    assert "PRIVATE KEY" not in state


@pytest.mark.parametrize(
    ("kind", "output"), [("aqstream:tls:Authority", "privateKey"), ("aqstream:secret:Password", "result")]
)
def test_what_the_program_made_is_looked_for_in_the_state(deployed: StackUnderTest, kind: str, output: str) -> None:
    state = json.loads(deployed.command("stack", "export", "--show-secrets").stdout)
    made = next(each for each in state["deployment"]["resources"] if each["type"] == kind)["outputs"][output]
    left = deployed.state_file.with_name("left-behind.yaml")
    left.write_text("\n".join(f"  {line}" for line in json.loads(made["plaintext"]).splitlines()))
    try:
        done = deployed.command("verify", "--plane", "live", "--only", "state_holds_no_plain_secret")
    finally:
        left.unlink()
    assert done.returncode == 1, done.stdout
    assert "left-behind.yaml" in done.stdout


@pytest.mark.parametrize("component", CONTAINERS)
def test_no_secret_is_in_a_containers_definition_log_or_arguments(
    deployed: StackUnderTest, secrets: list[str], component: str
) -> None:
    container = deployed.container(component)
    arguments = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    seen = json.dumps(container.attrs) + container.logs().decode(errors="replace") + arguments
    assert [secret for secret in secrets if secret in seen] == []
    assert "SCRAM-SHA-256$" not in seen


def test_outputs_show_no_secret_unless_asked(deployed: StackUnderTest, secrets: list[str]) -> None:
    shown = deployed.command("outputs", "--json")
    assert shown.returncode == 0
    assert [secret for secret in secrets if secret in shown.stdout + shown.stderr] == []


def test_a_scheduler_that_is_being_started_again_is_waited_for(deployed: StackUnderTest) -> None:
    ended = deployed.container("postgres-user").exec_run(["pkill", "supercronic"])
    assert ended.exit_code == 0, ended.output
    done = deployed.command("verify", "--plane", "live", "--only", "backup_scheduler_is_alive")
    assert done.returncode == 0, done.stdout
