"""Rules on networks and on what can be reached, on real networks with containers that really listen."""

import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import docker
import pytest
import yaml

from infra.host.progress import silent
from infra.images.build import ensure_images
from infra.model.intent import Intent
from infra.model.loading import load_intent
from policies.evaluate import Verdict
from policies.facts.containers import Container
from policies.facts.facts import Facts
from policies.facts.networks import Network
from policies.rule import Rule
from policies.scopes import containers as scopes
from policies.sources.live.containers import read_containers, read_networks
from policies.sources.live.reach import read_reaches
from tests.policies.examples.world import rules_of, verdict

pytestmark = pytest.mark.docker

KINDS = pytest.mark.parametrize(("kind", "expected"), [("bad", Verdict.FAIL), ("good", Verdict.PASS)])
ATTACHING = [rule for rule in rules_of("networks") if rule.scope is scopes.networks]
LIKE_DEV = "aqstream-dev-"
ATTACHED = {
    "postgres-payment": ["payment", "payment-backup"],
    "postgres-user": ["shared"],
    "minio": ["shared"],
}
LISTEN = ["redis-server", "--port", "5432", "--protected-mode", "no", "--save", ""]


@KINDS
@pytest.mark.parametrize("rule", ATTACHING, ids=lambda rule: rule.id)
def test_as_a_plan(rule: Rule, kind: str, expected: Verdict) -> None:
    example = yaml.safe_load(getattr(rule, kind))
    intent = load_intent("dev")
    attached = {f"{LIKE_DEV}{name}": [f"{LIKE_DEV}{each}" for each in names] for name, names in ATTACHED.items()}
    attached[example["container"]].append(example["network"])
    facts = Facts(
        "plan",
        intent,
        containers=tuple(Container(name, "sha256:0", networks=tuple(names)) for name, names in attached.items()),
        networks=tuple(Network(name) for name in sorted({each for names in attached.values() for each in names})),
    )
    assert verdict(rule, facts) is expected


@pytest.fixture(scope="module")
def stack() -> Iterator[Intent]:
    """Containers of a stack of our own on its networks, each listening where PostgreSQL would."""
    declared = load_intent("dev")
    own = declared.stack.model_copy(update={"name": f"t-net-{secrets.token_hex(3)}"})
    intent = declared.model_copy(update={"stack": own})
    client = docker.from_env()
    try:
        for name in sorted({each for names in ATTACHED.values() for each in names}):
            client.networks.create(own.physical(name))
        for name, networks in ATTACHED.items():
            _run(client, intent, name, networks)
        yield intent
    finally:
        for container in client.containers.list(all=True, filters={"name": own.physical("")}):
            container.remove(force=True, v=True)
        for network in client.networks.list(names=[own.physical("")]):
            network.remove()


def _run(client: docker.DockerClient, intent: Intent, name: str, networks: list[str]) -> None:
    image = ensure_images(["redis"], silent)["redis"]
    physical = intent.stack.physical
    client.containers.run(
        image,
        LISTEN[1:],
        entrypoint=LISTEN[0],
        name=physical(name),
        network=physical(networks[0]),
        detach=True,
    )
    for network in networks[1:]:
        client.networks.get(physical(network)).connect(physical(name))


@contextmanager
def joined(intent: Intent, text: str) -> Iterator[None]:
    """The example's container on the example's network, for a while."""
    example = yaml.safe_load(text.replace(LIKE_DEV, intent.stack.physical("")))
    network = docker.from_env().networks.get(example["network"])
    network.connect(example["container"])
    try:
        yield
    finally:
        network.disconnect(example["container"], force=True)


@KINDS
@pytest.mark.parametrize("rule", [*ATTACHING, *rules_of("reach")], ids=lambda rule: rule.id)
def test_on_real_networks(stack: Intent, rule: Rule, kind: str, expected: Verdict) -> None:
    client = docker.APIClient(version="auto")
    with joined(stack, getattr(rule, kind)):
        facts = Facts(
            "live",
            stack,
            containers=read_containers(client, stack.stack.physical(""), ()),
            networks=read_networks(client, stack.stack.physical("")),
            reaches=read_reaches({None: client}, stack),
        )
    assert verdict(rule, facts) is expected


@contextmanager
def networks_that_come_and_go(intent: Intent) -> Iterator[None]:
    """Another stack of the same machine is being deployed, so to speak."""
    client, over = docker.from_env(), threading.Event()

    def create_and_remove() -> None:
        while not over.is_set():
            client.networks.create(f"{intent.stack.name}-passing").remove()

    thread = threading.Thread(target=create_and_remove)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def test_what_docker_lets_through_for_a_moment_is_no_way(stack: Intent) -> None:
    """While Docker creates a network it has no rules between networks for some milliseconds."""
    client, instance = docker.APIClient(version="auto"), stack.stack.physical("postgres-payment")
    with networks_that_come_and_go(stack):
        for _ in range(5):
            connected = {each.source for each in read_reaches({None: client}, stack) if each.connected}
            assert instance in connected
            assert stack.stack.physical("postgres-user") not in connected
