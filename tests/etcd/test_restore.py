"""A restore of the consensus store that does not come to its end leaves no node that would go back to it alone."""

from collections.abc import Callable, Sequence
from contextlib import suppress

import pytest

from infra.backup.container import Ended
from infra.etcd import snapshots
from infra.host.progress import silent
from infra.model.errors import ResourceError

NODES = ("etcd-1", "etcd-2", "etcd-3")
Fails = Callable[[str, str], BaseException | None]


class Nodes:
    """What each node's disk holds of a snapshot, as `aqstream-etcd-snapshot` leaves it; `fails` breaks a command."""

    def __init__(self, fails: Fails) -> None:
        self.held: dict[str, str] = {}
        self._fails = fails

    def execute(self, container: str, command: Sequence[str], on_line: object = None) -> Ended:
        """The command's effect."""
        verb = command[1]
        if failure := self._fails(container, verb):
            raise failure
        if verb == "forget":
            self.held.pop(container, None)
        else:
            self.held[container] = verb
        return Ended(0, "", "")


def fails_at(node: str, verb: str, failure: BaseException) -> Fails:
    return lambda container, asked: failure if (container, asked) == (node, verb) else None


@pytest.mark.parametrize("verb", ["fetch", "adopt"])
@pytest.mark.parametrize("failure", [ResourceError("no store"), KeyboardInterrupt()], ids=["failure", "interrupt"])
def test_what_some_nodes_have_is_forgotten_by_all(
    verb: str, failure: BaseException, monkeypatch: pytest.MonkeyPatch
) -> None:
    nodes = Nodes(fails_at("etcd-2", verb, failure))
    monkeypatch.setattr(snapshots, "execute", nodes.execute)
    with pytest.raises(type(failure)):
        snapshots.restore(NODES, "20260101T000000Z", silent)
    assert nodes.held == {}


def test_a_node_that_cannot_be_asked_keeps_no_other_from_forgetting(monkeypatch: pytest.MonkeyPatch) -> None:
    nodes = Nodes(lambda container, _: ResourceError("gone") if container == "etcd-2" else None)
    monkeypatch.setattr(snapshots, "execute", nodes.execute)
    with suppress(ResourceError):
        snapshots.restore(NODES, "20260101T000000Z", silent)
    assert nodes.held == {}
