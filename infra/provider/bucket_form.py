"""A bucket's lifecycle and anonymous access as short sentences that a diff can show."""

import json
from collections.abc import Sequence
from typing import Any

_READ = "s3:GetObject"


def lifecycle_promise(noncurrent_days: int | None) -> list[str]:
    """The sentences that `lifecycle_document` of `bucket_content` comes to."""
    if noncurrent_days is None:
        return []
    return ["delete markers go with the last version", f"noncurrent versions go after {noncurrent_days} days"]


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
