"""What the policies see when CrossGuard asks them."""

from typing import Any

from pulumi_policy import PolicyCustomTimeouts, PolicyResource, PolicyResourceOptions
from pulumi_policy.proxy import UNKNOWN_ARRAY_VALUE, UNKNOWN_STRING_VALUE, unknown_checking_proxy

from policies.pack.handed_over import NOT_TOLD, planned
from policies.violations import plan_rules


def _handed(inputs: dict[str, Any]) -> PolicyResource:
    options = PolicyResourceOptions(
        protect=True,
        ignore_changes=[],
        delete_before_replace=None,
        aliases=[],
        custom_timeouts=PolicyCustomTimeouts(0, 0, 0),
        additional_secret_outputs=[],
    )
    props = unknown_checking_proxy(inputs)
    return PolicyResource("docker:index/volume:Volume", props, "urn", "data", options, None, None, [], {})


def test_unknown_values_are_left_out_at_every_depth() -> None:
    inputs: dict[str, Any] = {
        "name": "data",
        "id": UNKNOWN_STRING_VALUE,
        "ports": UNKNOWN_ARRAY_VALUE,
        "labels": [{"label": "stack", "value": UNKNOWN_STRING_VALUE}, UNKNOWN_STRING_VALUE],
    }
    assert planned(_handed(inputs))["inputs"] == {"name": "data", "labels": [{"label": "stack"}]}


def test_what_crossguard_does_not_tell_is_not_claimed() -> None:
    assert planned(_handed({}))["retainOnDelete"] is None
    assert {rule.id for rule in plan_rules()} > NOT_TOLD


def test_protection_is_told() -> None:
    assert planned(_handed({}))["protect"] is True
