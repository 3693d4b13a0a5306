"""A store keeps the number of nodes that it was made with, and a plan that changes it is refused."""

from infra.provider.object_store_server import ObjectStoreServerType
from infra.provider.values import UNKNOWN


def test_a_store_of_one_node_does_not_become_one_of_four() -> None:
    wider = {"otherNodes": ["minio-2", "minio-3", "minio-4"]}
    assert "a store of 1 cannot become one of 4" in ObjectStoreServerType().objection({}, wider)
    assert "a store of 4 cannot become one of 1" in ObjectStoreServerType().objection(wider, {})


def test_a_store_of_the_same_nodes_may_change() -> None:
    assert ObjectStoreServerType().objection({"otherNodes": ["a"]}, {"otherNodes": ["b"]}) == ""


def test_a_store_whose_nodes_are_being_replaced_may_change() -> None:
    assert ObjectStoreServerType().objection({"otherNodes": ["a"]}, {"otherNodes": UNKNOWN}) == ""
