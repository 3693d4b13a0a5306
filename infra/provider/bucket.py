"""`aqstream:s3:Bucket`: a bucket with its versions, lifecycle, quota, encryption and anonymous access."""

from typing import ClassVar

from infra.engine.loading import load
from infra.model.declaration import Declaration
from infra.provider.lost import is_lost
from infra.provider.object_store_login import StoreLogin, connect
from infra.provider.resource_type import Created, ResourceType, State

_CONTENT = "infra.provider.bucket_content"  # loaded with MinIO's library when a bucket is touched


class BucketInputs(Declaration):
    """`server`: the provisioner's login; `containers`: the store's. `quota` in bytes, 0 for none.

    `lifecycle` and `anonymous` say what `noncurrentDays` and `publicRead` come to, so that a change made outside
    shows in words; the program gets them from `bucket_form`.
    """

    server: StoreLogin
    name: str
    versioned: bool
    noncurrent_days: int | None = None
    public_read: bool = False
    quota: int = 0
    encrypted: bool = False
    lifecycle: tuple[str, ...] = ()
    anonymous: tuple[str, ...] = ()
    containers: tuple[str, ...] = ()


class BucketType(ResourceType[BucketInputs]):
    """The id is the bucket's name. A bucket that holds objects is not deleted."""

    token = "aqstream:s3:Bucket"  # noqa: S105 a type's name
    inputs = BucketInputs
    replaced_by: ClassVar[frozenset[str]] = frozenset({"name"})

    def create(self, inputs: BucketInputs) -> Created:
        with connect(inputs.server) as store:
            load(f"{_CONTENT}:make")(store, inputs)
        return Created(inputs.name)

    def update(self, identifier: str, state: State, inputs: BucketInputs) -> State:
        with connect(inputs.server) as store:
            load(f"{_CONTENT}:apply")(store, inputs)
        return {}

    def read(self, identifier: str, state: State, inputs: BucketInputs) -> State | None:
        if is_lost(*inputs.containers):
            return None
        with connect(inputs.server) as store:
            return state | load(f"{_CONTENT}:seen")(store, identifier) if store.s3.bucket_exists(identifier) else None

    def delete(self, identifier: str, state: State) -> None:
        with connect(StoreLogin.model_validate(state["server"])) as store:
            load(f"{_CONTENT}:remove")(store, identifier)
