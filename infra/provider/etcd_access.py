"""`aqstream:etcd:Access`: the logins of the consensus store, each for the keys below its own name only."""

import time
from typing import ClassVar

from infra.backup.container import execute
from infra.model.declaration import Declaration
from infra.model.errors import ResourceError
from infra.provider.resource_type import Created, ResourceType, State
from infra.provider.values import UNKNOWN

_SECONDS = 90.0
_POLL_SECONDS = 0.5


class EtcdAccessInputs(Declaration):
    """`users`: login -> password, secret; the nodes have them in their files, here they say when to look again."""

    containers: tuple[str, ...]
    users: dict[str, str]


class EtcdAccessType(ResourceType[EtcdAccessInputs]):
    """Waits until most nodes agree, makes logins and roles, and demands a login from then on."""

    token = "aqstream:etcd:Access"  # noqa: S105 a type's name
    inputs = EtcdAccessInputs
    replaced_by: ClassVar[frozenset[str]] = frozenset()
    instead = (
        "declare as many as before; for another number remove etcd first: `replicas: 0` for every instance, then "
        "aqdata up; docs/production.md, `Another number of etcd nodes`"
    )

    def create(self, inputs: EtcdAccessInputs) -> Created:
        _apply(inputs)
        return Created(inputs.containers[0])

    def update(self, identifier: str, state: State, inputs: EtcdAccessInputs) -> State:
        _apply(inputs)
        return {}

    def objection(self, state: State, new: State) -> str:
        if new["containers"] is UNKNOWN:
            return ""
        before, after = (len(each["containers"]) for each in (state, new))
        if before == after:
            return ""
        return (
            f"etcd of {before} nodes cannot become one of {after}: its members know each other by number, and a new "
            "one would found a cluster of its own"
        )


def _apply(inputs: EtcdAccessInputs) -> None:
    deadline = time.monotonic() + _SECONDS
    while True:
        for container in inputs.containers:
            ended = execute(container, ["aqstream-etcd-access"])
            if not ended.code:
                return
        if time.monotonic() > deadline:
            raise ResourceError(
                f"etcd ({', '.join(inputs.containers)}) takes no logins: {ended.reason}",
                "more than half of its nodes have to run: docker ps --filter name=etcd",
            )
        time.sleep(_POLL_SECONDS)
