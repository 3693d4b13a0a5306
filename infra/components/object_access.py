"""What each login of the object store may do, as statements of its policy."""

from collections.abc import Iterable
from typing import Any

Statement = dict[str, Any]
PROVISIONER, VERIFIER, METRICS = "provisioner", "verifier", "metrics"
TENANT = "-".join("?" * length for length in (8, 4, 4, 4, 12))
"""A tenant's id, as an S3 resource pattern: one `?` per character."""

_OBJECT_ACTIONS = (
    "s3:AbortMultipartUpload",
    "s3:DeleteObject",
    "s3:GetObject",
    "s3:GetObjectVersion",
    "s3:ListMultipartUploadParts",
    "s3:PutObject",
)
_LISTING_ACTIONS = ("s3:ListBucket", "s3:ListBucketVersions")
_BUCKET_SETTINGS = (
    "s3:GetBucketPolicy",
    "s3:GetBucketVersioning",
    "s3:GetEncryptionConfiguration",
    "s3:GetLifecycleConfiguration",
    "s3:ListAllMyBuckets",
    "s3:ListBucket",
)
_KEEP_CREDENTIALS = {"effect": "Deny", "actions": ["admin:*"]}
"""MinIO lets every user change its own secret and make further keys for itself unless a policy denies it."""


def service_statements(buckets: Iterable[str]) -> list[Statement]:
    """A service's objects, each below a tenant's prefix. Versions are read, never deleted."""
    return _within(sorted(buckets), f"{TENANT}/")


def backup_statements(bucket: str, instance: str) -> list[Statement]:
    """An instance's folder of the backup bucket. Expired backups become versions, which it cannot delete."""
    return _within([bucket], f"{instance}/")


def verifier_statements() -> list[Statement]:
    """All settings, users and policies; no object."""
    admin = ["admin:GetBucketQuota", "admin:GetPolicy", "admin:GetUser", "admin:ListUserPolicies", "admin:ListUsers"]
    return [
        {"effect": "Allow", "actions": admin},
        {"effect": "Allow", "actions": list(_BUCKET_SETTINGS), "resources": ["*"]},
    ]


def metrics_statements() -> list[Statement]:
    """The metrics endpoints."""
    return [{"effect": "Allow", "actions": ["admin:Prometheus"]}]


def provisioner_statements() -> list[Statement]:
    """Buckets, users and policies; no object."""
    admin = [
        "admin:AttachUserOrGroupPolicy",
        "admin:ConfigUpdate",
        "admin:CreatePolicy",
        "admin:CreateUser",
        "admin:DeletePolicy",
        "admin:DeleteUser",
        "admin:DisableUser",
        "admin:EnableUser",
        "admin:GetBucketQuota",
        "admin:GetPolicy",
        "admin:GetUser",
        "admin:ListUserPolicies",
        "admin:ListUsers",
        "admin:SetBucketQuota",
    ]
    changes = [
        "s3:CreateBucket",
        "s3:DeleteBucket",
        "s3:DeleteBucketPolicy",
        "s3:PutBucketPolicy",
        "s3:PutBucketVersioning",
        "s3:PutEncryptionConfiguration",
        "s3:PutLifecycleConfiguration",
    ]
    return [
        {"effect": "Allow", "actions": admin},
        {"effect": "Allow", "actions": sorted([*changes, *_BUCKET_SETTINGS]), "resources": ["*"]},
    ]


def _within(buckets: list[str], prefix: str) -> list[Statement]:
    """Objects below the prefix, listing it and nothing above it."""
    return [
        {
            "effect": "Allow",
            "actions": list(_OBJECT_ACTIONS),
            "resources": [f"{bucket}/{prefix}*" for bucket in buckets],
        },
        {
            "effect": "Allow",
            "actions": list(_LISTING_ACTIONS),
            "resources": list(buckets),
            "conditions": {"StringLike": {"s3:prefix": [f"{prefix}*"]}},
        },
        {"effect": "Allow", "actions": ["s3:GetBucketLocation"], "resources": list(buckets)},
        _KEEP_CREDENTIALS,
    ]
