"""What each login of the object store may do, as statements of its policy."""

from typing import Any

from infra.model.object_access import PROBE_FOLDER, StoreAccess

Statement = dict[str, Any]
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
_KEEP_VERSIONS = {"effect": "Deny", "actions": ["s3:DeleteObjectVersion"], "resources": ["*"]}
"""MinIO lets whoever may delete an object delete its versions too unless a policy denies it."""


def owner_statements(access: StoreAccess) -> list[Statement]:
    """Objects below the login's folder, listing it and nothing above it. Versions are read, never deleted."""
    folder = f"{TENANT}/" if access.folder is None else access.folder
    return [
        {
            "effect": "Allow",
            "actions": list(_OBJECT_ACTIONS),
            "resources": [f"{bucket}/{folder}*" for bucket in access.buckets],
        },
        {
            "effect": "Allow",
            "actions": list(_LISTING_ACTIONS),
            "resources": list(access.buckets),
            "conditions": {"StringLike": {"s3:prefix": [f"{folder}*"]}},
        },
        {"effect": "Allow", "actions": ["s3:GetBucketLocation"], "resources": list(access.buckets)},
        _KEEP_CREDENTIALS,
        _KEEP_VERSIONS,
    ]


def verifier_statements(*, sees_drives: bool = False) -> list[Statement]:
    """All settings, users and policies, names of objects, a distributed store's drives; and the removal of what the
    checks wrote."""
    admin = ["admin:GetBucketQuota", "admin:GetPolicy", "admin:GetUser", "admin:ListUserPolicies", "admin:ListUsers"]
    admin += ["admin:ServerInfo"] if sees_drives else []
    return [
        {"effect": "Allow", "actions": admin},
        {"effect": "Allow", "actions": [*_BUCKET_SETTINGS, "s3:ListBucketVersions"], "resources": ["*"]},
        {
            "effect": "Allow",
            "actions": ["s3:DeleteObject", "s3:DeleteObjectVersion"],
            "resources": [f"*/{PROBE_FOLDER}/*"],
        },
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
