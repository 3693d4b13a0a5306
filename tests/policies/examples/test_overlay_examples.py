"""A private network that crosses hosts in the clear is found, on the plan and live."""

from typing import Any
from unittest.mock import Mock

import pytest
import yaml

from infra.model.hosts import Host
from infra.model.loading import load_intent
from policies.evaluate import Verdict
from policies.facts.facts import Facts, Plane
from policies.facts.networks import Network
from policies.facts.resources import Resource
from policies.rules import private_overlay_is_encrypted
from policies.sources.live.containers import read_networks
from policies.sources.plan.containers import network_of
from tests.policies.examples.world import RULES, verdict

RULE = next(rule for rule in RULES if rule.id == "private_overlay_is_encrypted")
PLANES = pytest.mark.parametrize("plane", private_overlay_is_encrypted.PLANES)


def world(plane: Plane, networks: str, hosts: int = 2, **settings: Any) -> Facts:
    """Networks with and without encryption, in a stack over so many hosts."""
    found = {f"db{n}": Host.model_validate({"docker": f"ssh://db{n}", "address": f"10.0.0.{n}"}) for n in range(hosts)}
    intent = load_intent("dev")
    stack = intent.stack.model_copy(update={"hosts": found, **settings})
    named = tuple(
        Network(stack.physical(name), "overlay", is_encrypted=is_encrypted)
        for name, is_encrypted in yaml.safe_load(networks).items()
    )
    return Facts(plane, intent.model_copy(update={"stack": stack}), networks=named)


@PLANES
def test_the_bad_example_is_found_and_the_good_one_is_not(plane: Plane) -> None:
    assert verdict(RULE, world(plane, private_overlay_is_encrypted.BAD)) is Verdict.FAIL
    assert verdict(RULE, world(plane, private_overlay_is_encrypted.GOOD)) is Verdict.PASS


@PLANES
def test_on_one_host_and_where_the_stack_says_so_nothing_has_to_be(plane: Plane) -> None:
    bad = private_overlay_is_encrypted.BAD
    assert verdict(RULE, world(plane, bad, hosts=1)) is Verdict.NOT_APPLICABLE
    assert verdict(RULE, world(plane, bad, encrypted_overlay=False)) is Verdict.NOT_APPLICABLE


@pytest.mark.parametrize(("options", "expected"), [({"encrypted": ""}, True), ({}, False), (None, False)])
def test_the_option_is_read_from_a_plan_and_from_docker(options: dict[str, str] | None, expected: bool) -> None:
    inputs = {"name": "n", "driver": "overlay", "options": options}
    planned = network_of(Resource("urn", "docker:index/network:Network", "n", inputs))
    client = Mock()
    client.networks.return_value = [{"Id": "1"}]
    client.inspect_network.return_value = {
        "Name": "n",
        "Driver": "overlay",
        "Internal": False,
        "Containers": None,
        "Options": options,
    }
    (found,) = read_networks(client, "n")
    assert (planned.is_encrypted, found.is_encrypted) == (expected, expected)
