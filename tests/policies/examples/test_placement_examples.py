"""Nodes of one component on one host are found, on the plan and live."""

import pytest
import yaml

from infra.model.hosts import Host
from policies.evaluate import Verdict
from policies.facts.containers import Container
from policies.facts.facts import Facts, Plane
from policies.rules import nodes_are_on_different_hosts
from tests.policies.examples.world import RULES, example_intent, verdict

RULE = next(rule for rule in RULES if rule.id == "nodes_are_on_different_hosts")


def world(plane: Plane, placed: str) -> Facts:
    intent = example_intent()
    hosts = {f"db{n}": Host.model_validate({"docker": f"ssh://db{n}", "address": f"10.0.0.{n}"}) for n in (1, 2, 3)}
    spread = intent.model_copy(update={"stack": intent.stack.model_copy(update={"hosts": hosts})})
    containers = tuple(
        Container(spread.stack.physical(f"{name}-{number}"), "sha256:0", labels=(("aqstream.host", host),))
        for name, named in yaml.safe_load(placed).items()
        for number, host in enumerate(named, 1)
    )
    return Facts(plane, spread, containers=containers)


@pytest.mark.parametrize("plane", nodes_are_on_different_hosts.PLANES)
def test_two_nodes_on_one_host_are_found(plane: Plane) -> None:
    assert verdict(RULE, world(plane, nodes_are_on_different_hosts.BAD)) is Verdict.FAIL


@pytest.mark.parametrize("plane", nodes_are_on_different_hosts.PLANES)
def test_nodes_on_different_hosts_pass(plane: Plane) -> None:
    assert verdict(RULE, world(plane, nodes_are_on_different_hosts.GOOD)) is Verdict.PASS
