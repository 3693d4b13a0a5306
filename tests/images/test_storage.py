"""A full disk is told before a build, or named when it fills up during one."""

import pytest

from infra.images.storage import free_bytes, require_space, says_disk_full
from infra.model.errors import ResourceError


def test_too_little_space_is_refused_with_both_figures() -> None:
    with pytest.raises(ResourceError) as refusal:
        require_space(["go", "minio-server"], 10**18, "/")
    assert "go, minio-server needs 1000000000.0 GB in /, which has" in refusal.value.message
    assert "prune" in refusal.value.hint


def test_enough_space_passes() -> None:
    require_space(["go"], 1, "/")


def test_a_remote_engines_space_is_unknown_and_stops_nothing() -> None:
    assert free_bytes("/no/such/folder") is None
    require_space(["go"], 10**18, "/no/such/folder")


@pytest.mark.parametrize(
    "text",
    [
        "write /data/x: no space left on device",
        "E: You don't have enough free space in /var/cache/apt/archives/.",
        "go: creating work dir: No space left on device",
    ],
)
def test_tools_words_for_a_full_disk_are_known(text: str) -> None:
    assert says_disk_full(text)


def test_other_failures_are_not_a_full_disk() -> None:
    assert not says_disk_full("404 Not Found")
