"""`aqdata cache` and `aqdata objects`, as far as they need no stack."""

import json

import pytest

from cli.main import run


def test_cache_keys_are_listed_with_lifetime_and_server(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["cache", "keys", "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert {"aqstream:user:session:{id}", "aqstream:event:event:{id}"} <= {item["pattern"] for item in found["entries"]}


def test_java_constants_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["cache", "keys", "--format", "java"]) == 0
    assert "public final class CacheKeys" in capsys.readouterr().out


def test_presigning_for_a_bucket_of_another_service_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["objects", "presign", "event_service", "media-images", "x"]) == 2
    assert "event_service owns no bucket 'media-images'" in capsys.readouterr().err


@pytest.mark.parametrize("prefix", ["", "/", "posters/", "11111111-1111-4111-8111-111111111111"])
def test_objects_of_no_tenant_are_not_asked_for(capsys: pytest.CaptureFixture[str], prefix: str) -> None:
    assert run(["objects", "history", "media_service", "media-documents", prefix, "--at", "2026-03-01"]) == 2
    assert "no tenant's folder" in capsys.readouterr().err
