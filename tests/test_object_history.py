"""What lay in a bucket at a moment, and how it comes back."""

import io
import time

import pytest
from minio import Minio

from infra.model.object_access import PROBE_TENANT
from infra.object_history import Change, Version, bring_back, changes_since, read_versions
from tests.servers.minio import TestMinio

BUCKET, SERVICE = "media-documents", "media_service"


def version(key: str, written: float, *, gone: bool = False) -> Version:
    return Version(key, f"{key}-{written}", written, 0 if gone else 10, gone)


def states(changes: list[Change]) -> dict[str, str]:
    return {change.key: change.state for change in changes}


HISTORY = [
    version("kept", 10),
    version("overwritten", 10),
    version("overwritten", 30),
    version("deleted", 10),
    version("deleted", 30, gone=True),
    version("came-back", 10),
    version("came-back", 15, gone=True),
    version("came-back", 30),
    version("new", 30),
    version("gone-before", 5),
    version("gone-before", 10, gone=True),
]


def test_each_object_is_what_it_was_then_and_what_it_is_now() -> None:
    assert states(changes_since(HISTORY, 20)) == {
        "kept": "same",
        "overwritten": "overwritten",
        "deleted": "deleted",
        "came-back": "new",
        "new": "new",
    }


def test_a_deletion_at_the_moment_itself_has_happened() -> None:
    assert states(changes_since(HISTORY, 15))["came-back"] == "new"
    assert states(changes_since(HISTORY, 14))["came-back"] == "overwritten"


def test_the_order_of_versions_does_not_matter() -> None:
    assert changes_since(reversed(HISTORY), 20) == changes_since(HISTORY, 20)


@pytest.fixture
def media(minio: TestMinio) -> Minio:
    return minio.s3(SERVICE)


def put(media: Minio, name: str, text: str) -> None:
    media.put_object(BUCKET, f"{PROBE_TENANT}/{name}", io.BytesIO(text.encode()), len(text))


def get(media: Minio, name: str) -> str:
    return media.get_object(BUCKET, f"{PROBE_TENANT}/{name}").read().decode()


@pytest.mark.docker
def test_deleted_and_overwritten_objects_come_back_with_the_service_s_own_login(media: Minio) -> None:
    put(media, "a", "first a")
    put(media, "b", "first b")
    time.sleep(0.1)
    moment = time.time()
    time.sleep(0.1)
    put(media, "a", "second a")
    media.remove_object(BUCKET, f"{PROBE_TENANT}/b")
    put(media, "c", "new")
    changes = changes_since(read_versions(media, BUCKET, f"{PROBE_TENANT}/"), moment)
    assert states(changes) == {
        f"{PROBE_TENANT}/{name}": state for name, state in (("a", "overwritten"), ("b", "deleted"), ("c", "new"))
    }
    for change in changes:
        if change.then:
            bring_back(media, BUCKET, change.then)
    assert [get(media, name) for name in "abc"] == ["first a", "first b", "new"]
    second = max(
        (each for each in read_versions(media, BUCKET, f"{PROBE_TENANT}/a") if each.size == len("second a")),
        key=lambda each: each.written,
    )
    bring_back(media, BUCKET, second)
    assert get(media, "a") == "second a"
