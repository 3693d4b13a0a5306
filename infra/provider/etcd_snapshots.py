"""`aqstream:etcd:Snapshots`: the consensus store's place in the backup bucket, and one that was seen to arrive."""

from typing import ClassVar

from pydantic import Field

from infra.etcd.snapshots import make
from infra.model.declaration import Declaration
from infra.provider.resource_type import Created, ResourceType, State


class EtcdSnapshotsInputs(Declaration):
    """`every` and `keep`, in seconds, are the schedule's; a change of them or of the `cipher` is tried at once."""

    containers: tuple[str, ...]
    every: int
    keep: int
    cipher: str = Field(repr=False)


class EtcdSnapshotsType(ResourceType[EtcdSnapshotsInputs]):
    """The id is the first node's container. Deleting it keeps the snapshots: the bucket's lifecycle ends them."""

    token = "aqstream:etcd:Snapshots"  # noqa: S105 a type's name
    inputs = EtcdSnapshotsInputs
    replaced_by: ClassVar[frozenset[str]] = frozenset()

    def create(self, inputs: EtcdSnapshotsInputs) -> Created:
        make(inputs.containers)
        return Created(inputs.containers[0])

    def update(self, identifier: str, state: State, inputs: EtcdSnapshotsInputs) -> State:
        make(inputs.containers)
        return {}
