"""Every rule on containers finds its BAD and passes its GOOD, as a plan and as Docker really keeps it."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from typing import Any

import docker
import pytest
import yaml

from infra.engine.embedded.docker.container_payload import payload
from infra.host.progress import silent
from infra.images.build import ensure_images
from infra.images.recipes import current_tags
from policies.evaluate import Verdict
from policies.facts.containers import Container
from policies.facts.facts import Facts
from policies.facts.resources import Resource
from policies.rule import Rule
from policies.scopes.containers import placed
from policies.sources.live.containers import read_containers
from policies.sources.plan.containers import container_of
from tests.policies.examples.world import example_intent, rules_of, verdict

pytestmark = pytest.mark.docker

SINGLE = [rule for rule in rules_of("containers") if rule.scope is not placed]
CONTAINERS = [rule for rule in SINGLE if not rule.bad.startswith("--")]
STATES = [rule for rule in SINGLE if rule.bad.startswith("--")]
KINDS = pytest.mark.parametrize(("kind", "expected"), [("bad", Verdict.FAIL), ("good", Verdict.PASS)])
SECRET = "correct-horse-battery"
PREFIX = f"t-rule-{secrets.token_hex(4)}-"
MIB = 1 << 20


@cache
def base() -> dict[str, Any]:
    """Inputs of the container that the examples change: the shared instance as the program declares it."""
    return {
        "name": "aqstream-dev-postgres-shared",
        "image": ensure_images(["redis"], silent)["redis"],
        "user": "999:999",
        "readOnly": True,
        "privileged": False,
        "capabilities": {"drops": ["ALL"], "adds": []},
        "securityOpts": ["no-new-privileges:true"],
        "networkMode": "aqstream-dev-shared",
        "networksAdvanced": [{"name": "aqstream-dev-shared"}],
        "ports": [{"internal": 5432, "external": 5432, "ip": "127.0.0.1", "protocol": "tcp"}],
        "memory": 512,
        "memorySwap": 512,
        "cpus": "1",
        "pids": 512,
        "healthcheck": {"tests": ["CMD", "true"], "interval": "10s"},
        "restart": "unless-stopped",
        "logDriver": "json-file",
        "logOpts": {"max-size": "20m", "max-file": "5"},
    }


def changed(rule: Rule, kind: str) -> dict[str, Any]:
    """The inputs with the example in them."""
    text = getattr(rule, kind)
    text = text.replace("{tag}", current_tags()["redis"]).replace("{id}", base()["image"])
    text = text.replace("{other}", ensure_images(["base"], silent)["base"])
    inputs: dict[str, Any] = base() | yaml.safe_load(text)
    if inputs["memory"] == 0:
        inputs["memorySwap"] = 0
    return inputs


def judged(rule: Rule, plane: Any, container: Container) -> Verdict:
    """The rule's verdict on a stack with this container alone."""
    return verdict(
        rule, Facts(plane, _declared(), containers=(container,), images=frozenset({current_tags()["redis"]}))
    )


def _declared() -> Any:
    intent = example_intent()
    (name,) = intent.stack.instances
    like_dev = intent.stack.instances[name].model_copy(update={"limits": _limits(intent)})
    return intent.model_copy(update={"stack": intent.stack.model_copy(update={"instances": {name: like_dev}})})


def _limits(intent: Any) -> Any:
    (instance,) = intent.stack.instances.values()
    return instance.limits.model_copy(update={"memory": 512 * MIB, "cpus": 1.0, "pids": 512})


@KINDS
@pytest.mark.parametrize("rule", [rule for rule in CONTAINERS if "plan" in rule.planes], ids=lambda rule: rule.id)
def test_as_a_plan(rule: Rule, kind: str, expected: Verdict) -> None:
    inputs = changed(rule, kind)
    container = container_of(Resource("urn", "docker:index/container:Container", "c", inputs), inputs["pids"])
    assert judged(rule, "plan", container) is expected


@KINDS
@pytest.mark.parametrize("rule", CONTAINERS, ids=lambda rule: rule.id)
def test_as_docker_keeps_it(rule: Rule, kind: str, expected: Verdict) -> None:
    with created(changed(rule, kind)) as container:
        assert judged(rule, "live", container) is expected


@contextmanager
def created(inputs: dict[str, Any]) -> Iterator[Container]:
    """The container as Docker inspects it, never started, under names of this test's own."""
    client = docker.APIClient(version="auto")
    own = yaml.safe_load(yaml.safe_dump(inputs).replace("aqstream-dev-", PREFIX))
    networks = [network["name"] for network in own["networksAdvanced"]]
    try:
        for name in networks:
            client.create_network(name)
        body = payload(own)
        body["HostConfig"] |= {"PidsLimit": own["pids"], "Devices": [_device(each) for each in own.get("devices", [])]}
        client.create_container_from_config(body, own["name"])
        for name in networks[1:]:
            client.connect_container_to_network(own["name"], name)
        (found,) = read_containers(client, PREFIX, [SECRET])
        yield _renamed(found)
    finally:
        _remove(client, own["name"], networks)


def _device(entry: dict[str, str]) -> dict[str, str]:
    return {
        "PathOnHost": entry["hostPath"],
        "PathInContainer": entry["containerPath"],
        "CgroupPermissions": entry["permissions"],
    }


def _remove(client: docker.APIClient, container: str, networks: list[str]) -> None:
    for found in client.containers(all=True, filters={"name": f"^/{container}$"}):
        client.remove_container(found["Id"], force=True, v=True)
    for network in client.networks(filters={"name": f"^{PREFIX}"}):
        client.remove_network(network["Id"])


def _renamed(container: Container) -> Container:
    def back(text: str) -> str:
        return text.replace(PREFIX, "aqstream-dev-")

    return replace(
        container,
        name=back(container.name),
        network_mode=back(container.network_mode),
        networks=tuple(map(back, container.networks)),
    )


@pytest.mark.parametrize("rule", STATES, ids=lambda rule: rule.id)
def test_a_stack_without_its_containers_fails(rule: Rule) -> None:
    running = tuple(
        Container(_declared().stack.physical(name), "sha256:0", is_running=True, health="healthy")
        for name in ("postgres-shared", "redis", "redis-cache", "minio")
    )
    assert verdict(rule, Facts("live", _declared(), containers=running)) is Verdict.PASS
    assert verdict(rule, Facts("live", _declared(), containers=running[1:])) is Verdict.FAIL
