"""What lay in a versioned bucket at a moment, and bringing it back.

Deleting an object only puts a marker over its versions, and writing it again adds a version; both stay readable for as
long as the bucket keeps noncurrent versions.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from minio import Minio
from minio.commonconfig import CopySource

State = Literal["same", "overwritten", "deleted", "new"]


@dataclass(frozen=True, slots=True)
class Version:
    """One version of an object; `written` in seconds since 1970. A deletion is a version without content."""

    key: str
    identifier: str
    written: float
    size: int
    is_deletion: bool


@dataclass(frozen=True, slots=True)
class Change:
    """An object then and now; None where it did not exist."""

    key: str
    then: Version | None
    now: Version | None

    @property
    def state(self) -> State:
        """What has happened to it since."""
        if self.then is None:
            return "new"
        if self.now is None:
            return "deleted"
        return "same" if self.now.identifier == self.then.identifier else "overwritten"


def changes_since(versions: Iterable[Version], moment: float) -> list[Change]:
    """Every object that existed then or exists now, by key."""
    by_key: dict[str, list[Version]] = defaultdict(list)
    for version in versions:
        by_key[version.key].append(version)
    found = (
        Change(key, _newest(version for version in each if version.written <= moment), _newest(each))
        for key, each in sorted(by_key.items())
    )
    return [change for change in found if change.then or change.now]


def _newest(versions: Iterable[Version]) -> Version | None:
    newest = max(versions, key=lambda version: version.written, default=None)
    return None if newest is None or newest.is_deletion else newest


def read_versions(s3: Minio, bucket: str, prefix: str) -> list[Version]:
    """Every version below the prefix, deletions included."""
    return [
        Version(
            key=str(found.object_name),
            identifier=str(found.version_id),
            written=found.last_modified.timestamp() if found.last_modified else 0,
            size=int(found.size or 0),
            is_deletion=bool(found.is_delete_marker),
        )
        for found in s3.list_objects(bucket, prefix, recursive=True, include_version=True)
    ]


def bring_back(s3: Minio, bucket: str, version: Version) -> None:
    """Make an old version the present one, by a copy inside the store; nothing is lost by it."""
    s3.copy_object(bucket, version.key, CopySource(bucket, version.key, version_id=version.identifier))
