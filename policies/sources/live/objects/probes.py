"""Every login tried on its own folders and on everybody else's; what it wrote is removed, versions included."""

import re
import secrets
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from minio.error import S3Error

from infra.model.intent import Intent
from infra.model.object_access import PROBE_FOLDER, VERIFIER, StoreAccess, declared_buckets, store_accesses
from policies.facts.storage_probe import Outcome, StorageProbe
from policies.sources.live.access import Access
from policies.sources.live.objects.session import Answer, Session, opened

_UPLOAD = re.compile(r"<UploadId>([^<]+)</UploadId>")
_ROOT_OF_BUCKET = "(outside every folder)"


@dataclass(frozen=True)
class Target:
    """One object's name to try; `owner` is the login whose folder it lies in."""

    owner: str
    bucket: str
    folder: str
    key: str


def probe(access: Access, intent: Intent) -> list[StorageProbe]:
    """All attempts of all logins. Raises CannotCheck where one cannot be made."""
    logins = store_accesses(intent)
    targets = list(_targets(intent, logins))
    try:
        with ThreadPoolExecutor(len(logins)) as pool:
            tried = pool.map(lambda login: _probe_login(access, login, targets), logins)
            return [attempt for attempts in tried for attempt in attempts]
    finally:
        _clear(access, targets)


def _targets(intent: Intent, logins: Sequence[StoreAccess]) -> Iterator[Target]:
    mark = secrets.token_hex(8)
    for login in logins:
        for bucket in login.buckets:
            yield Target(login.login, bucket, login.probe_folder, f"{login.probe_folder}{mark}-{login.login}")
    for bucket in declared_buckets(intent):
        yield Target(_ROOT_OF_BUCKET, bucket, f"{PROBE_FOLDER}/", f"{PROBE_FOLDER}/{mark}")


def _probe_login(access: Access, login: StoreAccess, targets: Sequence[Target]) -> list[StorageProbe]:
    with opened(access, login.login) as session:
        return [attempt for target in targets for attempt in _attempts(session, login.login, target)]


def _attempts(session: Session, login: str, target: Target) -> Iterator[StorageProbe]:
    version = "null"
    for operation, granted in _OPERATIONS.items():
        is_own = granted and login == target.owner
        if operation == "list":
            outcome, message = _list(session, target)
        else:
            answer = _try(session, operation, target, version)
            outcome, message = _outcome(answer), answer.code
            version = answer.headers.get("x-amz-version-id", version) if operation == "put" else version
        yield StorageProbe(login, operation, f"{target.bucket}/{target.key}", target.owner, is_own, outcome, message)


# Operation -> whether a login may do it in its own folder.
_OPERATIONS = {
    "put": True,
    "get": True,
    "get version": True,
    "multipart": True,
    "list": True,
    "delete version": False,
    "delete": True,
}


def _try(session: Session, operation: str, target: Target, version: str) -> Answer:
    where = (target.bucket, target.key)
    match operation:
        case "put":
            return session.request("PUT", *where, {}, b"aqdata verify")
        case "get":
            return session.request("GET", *where, {})
        case "get version":
            return session.request("GET", *where, {"versionId": version})
        case "delete version":
            return session.request("DELETE", *where, {"versionId": version})
        case "delete":
            return session.request("DELETE", *where, {})
        case _:
            return _multipart(session, target)


def _multipart(session: Session, target: Target) -> Answer:
    """Begin an upload, and give it up where that was allowed."""
    begun = session.request("POST", target.bucket, target.key, {"uploads": ""})
    upload = _UPLOAD.search(begun.text)
    return begun if upload is None else session.request("DELETE", target.bucket, target.key, {"uploadId": upload[1]})


def _list(session: Session, target: Target) -> tuple[Outcome, str]:
    try:
        next(session.s3.list_objects(target.bucket, prefix=target.folder), None)
    except S3Error as error:
        return ("refused" if error.code == "AccessDenied" else "error"), str(error.code)
    return "done", ""


def _outcome(answer: Answer) -> Outcome:
    """A missing object is told only to those who may read it, so 404 is no refusal."""
    if answer.status == 403:
        return "refused"
    return "done" if answer.status < 300 or answer.status == 404 else "error"


def _clear(access: Access, targets: Sequence[Target]) -> None:
    """Remove every version of everything in the folders that the checks write to."""
    with opened(access, VERIFIER) as session:
        for bucket, folder in dict.fromkeys((target.bucket, target.folder) for target in targets):
            versions = session.s3.list_objects(bucket, prefix=folder, recursive=True, include_version=True)
            for found in versions:
                session.s3.remove_object(bucket, found.object_name, version_id=found.version_id)
