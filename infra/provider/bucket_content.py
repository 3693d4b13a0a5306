"""What a bucket is on the server: read, compared with what is wanted, and changed."""

import json

from minio.commonconfig import ENABLED, Filter
from minio.error import S3Error
from minio.lifecycleconfig import Expiration, LifecycleConfig, NoncurrentVersionExpiration, Rule
from minio.sseconfig import Rule as EncryptionRule
from minio.sseconfig import SSEConfig
from minio.versioningconfig import SUSPENDED, VersioningConfig

from infra.model.errors import ResourceError
from infra.provider.bucket import BucketInputs
from infra.provider.bucket_form import anonymous_document, anonymous_sentences
from infra.provider.object_store_session import Store
from infra.provider.resource_type import State

_ALGORITHM = "AES256"


def make(store: Store, wanted: BucketInputs) -> None:
    """The bucket as declared, whether it is there already or not."""
    if not store.s3.bucket_exists(wanted.name):
        store.s3.make_bucket(wanted.name)
    apply(store, wanted)


def remove(store: Store, name: str) -> None:
    """Delete an empty bucket; none to delete is no error. Raises ResourceError where it holds objects."""
    try:
        store.found(lambda: store.s3.remove_bucket(name), ("NoSuchBucket",))
    except S3Error as error:
        if error.code != "BucketNotEmpty":
            raise
        raise ResourceError(
            f"bucket {name} holds objects or versions of them", "empty it first, or keep it declared"
        ) from error


def apply(store: Store, wanted: BucketInputs) -> None:
    """Bring about what differs; writing what is there already would cost a call each."""
    found = seen(store, wanted.name)
    if found["versioned"] != wanted.versioned:
        state = ENABLED if wanted.versioned else SUSPENDED
        store.s3.set_bucket_versioning(wanted.name, VersioningConfig(state))
    if tuple(found["lifecycle"]) != wanted.lifecycle:
        _set_lifecycle(store, wanted)
    if tuple(found["anonymous"]) != wanted.anonymous:
        _set_anonymous(store, wanted)
    if found["quota"] != wanted.quota:
        store.admin.bucket_quota_set(wanted.name, wanted.quota)
    if found["encrypted"] != wanted.encrypted:
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


def seen(store: Store, name: str) -> State:
    """What the bucket is, in the words of its inputs."""
    encryption = store.s3.get_bucket_encryption(name)
    return {
        "versioned": store.s3.get_bucket_versioning(name).status == ENABLED,
        "lifecycle": lifecycle_sentences(store.s3.get_bucket_lifecycle(name)),
        "anonymous": anonymous_sentences(
            store.found(lambda: str(store.s3.get_bucket_policy(name)), ("NoSuchBucketPolicy",))
        ),
        "quota": int(json.loads(store.admin.bucket_quota_get(name)).get("quota", 0)),
        "encrypted": encryption is not None and encryption.rule.sse_algorithm == _ALGORITHM,
    }


def lifecycle_document(noncurrent_days: int | None) -> LifecycleConfig | None:
    """Old versions go after so many days, and with the last of them the delete marker that hid them."""
    if noncurrent_days is None:
        return None
    rule = Rule(
        status=ENABLED,
        rule_filter=Filter(prefix=""),
        rule_id="noncurrent",
        noncurrent_version_expiration=NoncurrentVersionExpiration(noncurrent_days=noncurrent_days),
        expiration=Expiration(expired_object_delete_marker=True),
    )
    return LifecycleConfig([rule])


def lifecycle_sentences(document: LifecycleConfig | None) -> list[str]:
    """What each enabled rule does, whoever wrote it."""
    rules = document.rules if document is not None else []
    return sorted(sentence for rule in rules if rule.status == ENABLED for sentence in _sentences(rule))


def _sentences(rule: Rule) -> list[str]:
    prefix = rule.rule_filter.prefix if rule.rule_filter else ""
    where = f" below {prefix}" if prefix else ""
    found = []
    if rule.noncurrent_version_expiration:
        days = rule.noncurrent_version_expiration.noncurrent_days
        newer = rule.noncurrent_version_expiration.newer_noncurrent_versions
        found.append(f"noncurrent versions go after {days} days" + (f" except the newest {newer}" if newer else ""))
    if rule.expiration and rule.expiration.expired_object_delete_marker:
        found.append("delete markers go with the last version")
    if rule.expiration and rule.expiration.days:
        found.append(f"objects go after {rule.expiration.days} days")
    if rule.expiration and rule.expiration.date:
        found.append(f"objects go on {rule.expiration.date:%Y-%m-%d}")
    if rule.transition or rule.noncurrent_version_transition:
        found.append("objects move to another storage class")
    return [sentence + where for sentence in found]
