"""`aqstream:etcd:Access`: the logins of the consensus store, each for the keys below its own name only."""

import time
from typing import ClassVar

from infra.backup.container import execute
from infra.model.declaration import Declaration
from infra.model.errors import ResourceError
from infra.provider.resource_type import Created, ResourceType, State

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

    def create(self, inputs: EtcdAccessInputs) -> Created:
        _apply(inputs)
        return Created(inputs.containers[0])

    def update(self, identifier: str, state: State, inputs: EtcdAccessInputs) -> State:
        _apply(inputs)
        return {}


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
