"""`aqstream:s3:Bucket`: a bucket with its versions, lifecycle, quota, encryption and anonymous access."""

import json
from typing import ClassVar

from minio.commonconfig import ENABLED
from minio.error import S3Error
from minio.sseconfig import Rule as EncryptionRule
from minio.sseconfig import SSEConfig
from minio.versioningconfig import SUSPENDED, VersioningConfig

from infra.model.declaration import Declaration
from infra.model.errors import ResourceError
from infra.provider.bucket_form import (
    anonymous_document,
    anonymous_sentences,
    lifecycle_document,
    lifecycle_sentences,
)
from infra.provider.object_store_login import Store, StoreLogin, connect
from infra.provider.resource_type import Created, ResourceType, State

_ALGORITHM = "AES256"


class BucketInputs(Declaration):
    """`server`: the provisioner's login. `quota` in bytes, 0 for none.

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


class BucketType(ResourceType[BucketInputs]):
    """The id is the bucket's name. A bucket that holds objects is not deleted."""

    token = "aqstream:s3:Bucket"  # noqa: S105 a type's name
    inputs = BucketInputs
    replaced_by: ClassVar[frozenset[str]] = frozenset({"name"})

    def create(self, inputs: BucketInputs) -> Created:
        with connect(inputs.server) as store:
            if not store.s3.bucket_exists(inputs.name):
                store.s3.make_bucket(inputs.name)
            _apply(store, inputs, _seen(store, inputs.name))
        return Created(inputs.name)

    def update(self, identifier: str, state: State, inputs: BucketInputs) -> State:
        with connect(inputs.server) as store:
            _apply(store, inputs, _seen(store, identifier))
        return {}

    def read(self, identifier: str, state: State, inputs: BucketInputs) -> State | None:
        with connect(inputs.server) as store:
            return state | _seen(store, identifier) if store.s3.bucket_exists(identifier) else None

    def delete(self, identifier: str, state: State) -> None:
        with connect(StoreLogin.model_validate(state["server"])) as store:
            try:
                store.s3.remove_bucket(identifier)
            except S3Error as error:
                if error.code == "BucketNotEmpty":
                    raise ResourceError(
                        f"bucket {identifier} holds objects or versions of them", "empty it first, or keep it declared"
                    ) from error
                if error.code != "NoSuchBucket":
                    raise


def _apply(store: Store, wanted: BucketInputs, seen: State) -> None:
    """Bring about what differs; writing what is there already would cost a call each."""
    if seen["versioned"] != wanted.versioned:
        state = ENABLED if wanted.versioned else SUSPENDED
        store.s3.set_bucket_versioning(wanted.name, VersioningConfig(state))
    if tuple(seen["lifecycle"]) != wanted.lifecycle:
        _set_lifecycle(store, wanted)
    if tuple(seen["anonymous"]) != wanted.anonymous:
        _set_anonymous(store, wanted)
    if seen["quota"] != wanted.quota:
        store.admin.bucket_quota_set(wanted.name, wanted.quota)
    if seen["encrypted"] != wanted.encrypted:
        _set_encryption(store, wanted)


def _set_lifecycle(store: Store, wanted: BucketInputs) -> None:
    document = lifecycle_document(wanted.noncurrent_days)
    if document is None:
        store.s3.delete_bucket_lifecycle(wanted.name)
    else:
        store.s3.set_bucket_lifecycle(wanted.name, document)


def _set_anonymous(store: Store, wanted: BucketInputs) -> None:
    document = anonymous_document(wanted.name, public_read=wanted.public_read)
    if document is None:
        store.s3.delete_bucket_policy(wanted.name)
    else:
        store.s3.set_bucket_policy(wanted.name, document)


def _set_encryption(store: Store, wanted: BucketInputs) -> None:
    if wanted.encrypted:
        store.s3.set_bucket_encryption(wanted.name, SSEConfig(EncryptionRule.new_sse_s3_rule()))
    else:
        store.s3.delete_bucket_encryption(wanted.name)


def _seen(store: Store, name: str) -> State:
    encryption = store.s3.get_bucket_encryption(name)
    return {
        "versioned": store.s3.get_bucket_versioning(name).status == ENABLED,
        "lifecycle": lifecycle_sentences(store.s3.get_bucket_lifecycle(name)),
        "anonymous": anonymous_sentences(_policy(store, name)),
        "quota": int(json.loads(store.admin.bucket_quota_get(name)).get("quota", 0)),
        "encrypted": encryption is not None and encryption.rule.sse_algorithm == _ALGORITHM,
    }


def _policy(store: Store, name: str) -> str | None:
    try:
        return str(store.s3.get_bucket_policy(name))
    except S3Error as error:
        if error.code == "NoSuchBucketPolicy":
            return None
        raise
