"""A bucket's S3 documents (lifecycle, anonymous policy) as short sentences that a diff can show, and back."""

import json
from collections.abc import Sequence
from typing import Any

from minio.commonconfig import ENABLED, Filter
from minio.lifecycleconfig import Expiration, LifecycleConfig, NoncurrentVersionExpiration, Rule

_READ = "s3:GetObject"


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


def anonymous_document(bucket: str, *, public_read: bool) -> str | None:
    """The bucket policy: anybody may fetch an object whose name they know; nobody may list."""
    if not public_read:
        return None
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": ["*"]},
        "Action": [_READ],
        "Resource": [f"arn:aws:s3:::{bucket}/*"],
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def anonymous_sentences(document: str | None) -> list[str]:
    """Each action that the bucket policy gives to anybody or takes away, with what it is about."""
    statements = json.loads(document)["Statement"] if document else []
    return sorted(sentence for statement in statements for sentence in _grants(statement))


def _grants(statement: dict[str, Any]) -> list[str]:
    condition = f" if {json.dumps(statement['Condition'], sort_keys=True)}" if statement.get("Condition") else ""
    return [
        f"{str(statement['Effect']).lower()} {action} on {resource.removeprefix('arn:aws:s3:::')}{condition}"
        for action in _listed(statement["Action"])
        for resource in _listed(statement["Resource"])
    ]


def _listed(value: str | Sequence[str]) -> list[str]:
    return [value] if isinstance(value, str) else list(value)
