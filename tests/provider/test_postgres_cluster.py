"""What a cluster's Patroni is told when its settings change."""

from typing import Any

from infra.provider.postgres_cluster import only_declared


def shared(**parameters: str) -> dict[str, Any]:
    return {"ttl": 8, "postgresql": {"use_slots": True, "parameters": parameters}}


def test_a_parameter_that_is_declared_no_more_is_given_up_by_name() -> None:
    found = shared(max_connections="200", max_locks_per_transaction="128")
    told = only_declared(shared(max_connections="150"), found)
    assert told["postgresql"]["parameters"] == {"max_connections": "150", "max_locks_per_transaction": None}
    assert told["ttl"] == 8
    assert told["postgresql"]["use_slots"]


def test_a_cluster_without_parameters_is_told_those_that_are_declared() -> None:
    declared = shared(max_connections="150")
    assert only_declared(declared, {}) == declared
    assert only_declared(declared, {"postgresql": {"parameters": None}}) == declared
