"""etcd keeps the number of nodes that it was made with, and a plan that changes it is refused with the way out."""

import asyncio
from typing import Any

import pytest
from pulumi.provider.experimental.provider import DiffRequest

from infra.model.errors import ResourceError
from infra.provider.plugin import AqstreamProvider
from infra.provider.values import UNKNOWN, wire

URN = "urn:pulumi:t::aqstream::aqstream:data:Etcd$aqstream:etcd:Access::etcd-access"


def inputs(nodes: int) -> dict[str, Any]:
    return {
        "containers": wire([f"aqstream-t-etcd-{number}" for number in range(1, nodes + 1)]),
        "users": wire({"postgres-user": "p" * 20}),
    }


def diff(before: int, after: int) -> Any:
    return asyncio.run(AqstreamProvider().diff(DiffRequest(URN, "id", inputs(before), inputs(after), [])))


@pytest.mark.parametrize(("before", "after"), [(3, 5), (3, 1), (1, 3)])
def test_another_number_of_nodes_is_refused_on_the_plan(before: int, after: int) -> None:
    with pytest.raises(ResourceError, match=f"etcd of {before} nodes cannot become one of {after}") as refused:
        diff(before, after)
    assert "`replicas: 0`" in refused.value.hint


def test_the_same_number_is_not() -> None:
    assert diff(3, 3).changes is False


def test_a_number_that_the_replacement_of_a_node_leaves_open_is_not() -> None:
    opened = inputs(3) | {"containers": wire(UNKNOWN)}
    assert asyncio.run(AqstreamProvider().diff(DiffRequest(URN, "id", inputs(3), opened, []))).changes
