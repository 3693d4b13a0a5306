"""The live object store as facts."""

from typing import Any

from minio.commonconfig import ENABLED
from minio.error import S3Error
from minio.lifecycleconfig import Rule

from infra.model.errors import CannotCheck
from infra.model.intent import Intent
from infra.model.object_access import VERIFIER
from policies.facts.facts import Unread
from policies.facts.objects import BucketFacts, Drive, LifecycleRule, ObjectStoreFacts, ObjectUser
from policies.sources.live.access import Access
from policies.sources.live.objects.probes import probe
from policies.sources.live.objects.session import STORE, Session, opened, parsed
from policies.sources.live.objects.strangers import (
    accepts_plaintext,
    accepts_root,
    accepts_wrong_password,
    is_listable,
    is_readable,
    shows_metrics,
)

Read = tuple[ObjectStoreFacts | None, tuple[Unread, ...]]


def read_objects(access: Access, intent: Intent, *, writes: bool = True) -> Read:
    """The store's facts, or why they could not be read. Without `writes` no probe is made."""
    try:
        return _read(access, intent, writes=writes), ()
    except CannotCheck as error:
        return None, (Unread("objects", STORE, error.message),)


def _read(access: Access, intent: Intent, *, writes: bool) -> ObjectStoreFacts:
    endpoint = access.endpoint(STORE)
    probes = tuple(probe(access, intent)) if writes else None
    with opened(access, VERIFIER) as session:
        users = _users(session)
        attached = {name for user in users for name in user.policies}
        return ObjectStoreFacts(
            endpoint=f"{endpoint.host}:{endpoint.port}",
            drives=_drives(session) if intent.stack.object_store.is_distributed else (),
            buckets=tuple(_bucket(access, session, bucket.name) for bucket in session.s3.list_buckets()),
            users=users,
            policies={name: parsed(session.admin.policy_info(name)) for name in sorted(attached)},
            accepts_plaintext=accepts_plaintext(access),
            accepts_wrong_password=accepts_wrong_password(access, VERIFIER),
            accepts_root=accepts_root(access),
            shows_metrics=shows_metrics(access),
            probes=probes,
        )


def _drives(session: Session) -> tuple[Drive, ...]:
    nodes = parsed(session.admin.info())["servers"]
    return tuple(
        Drive(node["endpoint"].partition(":")[0], drive["state"], bool(drive.get("healing")))
        for node in sorted(nodes, key=lambda node: str(node["endpoint"]))
        for drive in node.get("drives") or ()
    )


def _users(session: Session) -> tuple[ObjectUser, ...]:
    listed = parsed(session.admin.user_list())
    return tuple(_user(name, found) for name, found in sorted(listed.items()))


def _user(name: str, found: dict[str, Any]) -> ObjectUser:
    policies = tuple(policy for policy in str(found.get("policyName", "")).split(",") if policy)
    return ObjectUser(name, policies, found["status"] == "enabled")


def _bucket(access: Access, session: Session, name: str) -> BucketFacts:
    lifecycle = session.s3.get_bucket_lifecycle(name)
    encryption = session.s3.get_bucket_encryption(name)
    return BucketFacts(
        name=name,
        is_versioned=session.s3.get_bucket_versioning(name).status == ENABLED,
        lifecycle=tuple(_rule(rule) for rule in lifecycle.rules if rule.status == ENABLED) if lifecycle else (),
        policy=_policy(session, name),
        is_encrypted=encryption is not None,
        quota=int(parsed(session.admin.bucket_quota_get(name)).get("quota", 0)),
        is_anonymous_readable=is_readable(access, name),
        is_anonymous_listable=is_listable(access, name),
    )


def _rule(rule: Rule) -> LifecycleRule:
    expiry, noncurrent = rule.expiration, rule.noncurrent_version_expiration
    other = {
        "expires objects on a date": bool(expiry and expiry.date),
        "moves objects to another storage class": bool(rule.transition or rule.noncurrent_version_transition),
    }
    return LifecycleRule(
        prefix=(rule.rule_filter.prefix or "") if rule.rule_filter else "",
        current_days=expiry.days if expiry else None,
        noncurrent_days=noncurrent.noncurrent_days if noncurrent else None,
        removes_markers=bool(expiry and expiry.expired_object_delete_marker),
        other=tuple(what for what, applies in other.items() if applies),
    )


def _policy(session: Session, name: str) -> dict[str, Any] | None:
    try:
        return dict(parsed(session.s3.get_bucket_policy(name)))
    except S3Error as error:
        if error.code == "NoSuchBucketPolicy":
            return None
        raise
