"""The few commands of MinIO's client that the rules' examples are written in."""

import json
import shlex
from collections.abc import Callable, Mapping

from minio.commonconfig import ENABLED, Filter
from minio.lifecycleconfig import Expiration, LifecycleConfig, NoncurrentVersionExpiration, Rule
from minio.sseconfig import Rule as EncryptionRule
from minio.sseconfig import SSEConfig
from minio.versioningconfig import SUSPENDED, VersioningConfig

from infra.provider.bucket_form import anonymous_document
from infra.provider.object_store_session import Store

Command = Callable[[Store, list[str]], object]


def run(store: Store, example: str) -> None:
    """Do what the example says; a name `store/bucket` means the bucket."""
    words = [word.removeprefix("store/") for word in shlex.split(example)[1:] if word not in ("store", "<<<")]
    name = max((name for name in _COMMANDS if words[: len(name.split())] == name.split()), key=len)
    _COMMANDS[name](store, words[len(name.split()) :])


def _expire(store: Store, words: list[str]) -> None:
    option, days, bucket = words
    expiry = Expiration(days=int(days)) if option == "--expire-days" else Expiration(expired_object_delete_marker=True)
    noncurrent = NoncurrentVersionExpiration(int(days)) if option == "--noncurrent-expire-days" else None
    rule = Rule(ENABLED, Filter(prefix=""), rule_id="x", expiration=expiry, noncurrent_version_expiration=noncurrent)
    store.s3.set_bucket_lifecycle(bucket, LifecycleConfig([rule]))


def _anonymous(store: Store, words: list[str]) -> None:
    kind, bucket = words
    if kind == "none":
        store.s3.delete_bucket_policy(bucket)
    else:
        store.s3.set_bucket_policy(bucket, str(anonymous_document(bucket, public_read=True)))


def _configure(store: Store, words: list[str]) -> None:
    section, setting = words
    store.admin.config_set(section, dict([setting.split("=")]))


def _seal(store: Store, words: list[str]) -> None:
    store.s3.set_bucket_encryption(words[1], SSEConfig(EncryptionRule.new_sse_s3_rule()))


_COMMANDS: Mapping[str, Command] = {
    "mb": lambda store, words: store.s3.make_bucket(words[0]),
    "version enable": lambda store, words: store.s3.set_bucket_versioning(words[0], VersioningConfig(ENABLED)),
    "version suspend": lambda store, words: store.s3.set_bucket_versioning(words[0], VersioningConfig(SUSPENDED)),
    "ilm rule add": _expire,
    "quota clear": lambda store, words: store.admin.bucket_quota_clear(words[0]),
    "quota set": lambda store, words: store.admin.bucket_quota_set(words[0], int(words[2])),
    "encrypt clear": lambda store, words: store.s3.delete_bucket_encryption(words[0]),
    "encrypt set": _seal,
    "anonymous set": _anonymous,
    "admin user add": lambda store, words: store.admin.user_add(words[0], words[1]),
    "admin user enable": lambda store, words: store.admin.user_enable(words[0]),
    "admin user disable": lambda store, words: store.admin.user_disable(words[0]),
    "admin policy attach": lambda store, words: store.admin.policy_set(f"{words[2]},{words[0]}", user=words[2]),
    "admin policy create": lambda store, words: store.admin.policy_add(words[0], policy=json.loads(words[1])),
    "admin config set": _configure,
}
