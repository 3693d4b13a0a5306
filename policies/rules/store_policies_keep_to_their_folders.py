"""A policy in the object store opens its owner's folders only.

What: every allowed action is one of the few an owner needs, spelled out, on resources below its own folders; listing
    is tied to them by a prefix condition; changing credentials and deleting versions are denied.
Why: a wildcard in an action or resource is how one service comes to read another's bucket.
Fix: `aqdata refresh` shows the statement that differs, `aqdata up` sets the declared policy again.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from infra.model.object_access import StoreAccess
from policies.rule import Severity
from policies.scopes.objects import StoreUser, store_owners

SCOPE = store_owners
PLANES = ("live",)
SEVERITY = Severity.CRITICAL
CLAUSES = ("PCI DSS 7.2",)
_POLICY = """mc admin policy create store media_service <<< '{"Version":"2012-10-17","Statement":[
{"Effect":"Allow","Action":["s3:GetObject"],"Resource":["arn:aws:s3:::%s*"]},
{"Effect":"Deny","Action":["s3:DeleteObjectVersion"],"Resource":["arn:aws:s3:::*"]},
{"Effect":"Deny","Action":["admin:*"]}]}'"""
_TENANT = "????????-????-????-????-????????????/"
BAD = _POLICY % "backups/"
GOOD = _POLICY % f"media-images/{_TENANT}"
_OBJECTS = {
    "s3:AbortMultipartUpload",
    "s3:DeleteObject",
    "s3:GetObject",
    "s3:GetObjectVersion",
    "s3:ListMultipartUploadParts",
    "s3:PutObject",
}
_LISTING = {"s3:ListBucket", "s3:ListBucketVersions"}
_HARMLESS = {"s3:GetBucketLocation"}
_MUST_DENY = {"admin:*", "s3:DeleteObjectVersion"}


def check(user: StoreUser) -> Iterator[str]:
    if user.access is None:
        return
    for statement in user.statements:
        if statement["Effect"] == "Allow":
            yield from _beyond(statement, user.access)
    denied = {
        action for statement in user.statements if statement["Effect"] == "Deny" for action in _actions(statement)
    }
    for action in sorted(_MUST_DENY - denied):
        yield f"{action} is not denied"


def _beyond(statement: Mapping[str, Any], access: StoreAccess) -> Iterator[str]:
    actions = _actions(statement)
    for action in sorted(actions - _OBJECTS - _LISTING - _HARMLESS):
        yield f"allows {action}"
    folder = _TENANT if access.folder is None else access.folder
    for resource in _listed(statement.get("Resource", [])):
        bucket, _, key = resource.removeprefix("arn:aws:s3:::").partition("/")
        if bucket not in access.buckets:
            yield f"reaches {resource}, a bucket that is not its own"
        elif actions & _OBJECTS and not key.startswith(folder):
            yield f"reaches {resource}, outside its folders"
    if actions & _LISTING and not _is_tied(statement, folder):
        yield "lists beyond its folders"


def _is_tied(statement: Mapping[str, Any], folder: str) -> bool:
    conditions = statement.get("Condition", {})
    prefixes = [
        value
        for operator in ("StringLike", "StringEquals")
        for value in _listed(conditions.get(operator, {}).get("s3:prefix", []))
    ]
    return bool(prefixes) and all(prefix.startswith(folder) for prefix in prefixes)


def _actions(statement: Mapping[str, Any]) -> set[str]:
    return set(_listed(statement["Action"]))


def _listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)
