"""Volumes on the real Docker Engine."""

from __future__ import annotations

from typing import Any

import pytest
from docker import APIClient

from infra.model.errors import ResourceError
from tests.engine.docker.conftest import Resources

pytestmark = pytest.mark.docker


def declaration(resources: Resources, **more: Any) -> dict[str, Any]:
    return {"name": resources.name("v"), "labels": resources.labels(), **more}


def test_a_volume_is_unchanged_after_creation_and_after_reading_back(resources: Resources) -> None:
    declared = declaration(resources)
    identifier, state = resources.create("volume", **declared)
    assert identifier == declared["name"]
    assert resources.diff("volume", state, **declared).changes is False
    assert resources.read("volume", identifier, state, **declared) == (identifier, state)


def test_a_changed_label_replaces(resources: Resources) -> None:
    declared = declaration(resources)
    _, state = resources.create("volume", **declared)
    relabelled = {**declared, "labels": [{"label": "aqdata.test", "value": "other"}]}
    answer = resources.diff("volume", state, **relabelled)
    assert list(answer.detailed_diff) == ["labels[0].value"]
    assert answer.replaces == ["labels"]


def test_our_own_volume_is_taken_over_with_its_content(resources: Resources) -> None:
    first, _ = resources.create("volume", **declaration(resources))
    second, _ = resources.create("volume", **declaration(resources))
    assert first == second


def test_a_strangers_volume_of_that_name_is_refused(resources: Resources, api: APIClient) -> None:
    api.create_volume(resources.name("v"))
    with pytest.raises(ResourceError, match="not this stack's"):
        resources.create("volume", **declaration(resources))


def test_a_volume_in_use_is_not_deleted_and_its_user_is_named(resources: Resources, image: str) -> None:
    identifier, state = resources.create("volume", **declaration(resources))
    resources.create(
        "container",
        name=resources.name("user"),
        image=image,
        command=["sleep", "600"],
        volumes=[{"volumeName": identifier, "containerPath": "/v", "readOnly": True}],
    )
    with pytest.raises(ResourceError, match=f"still used by {resources.name('user')}"):
        resources.delete("volume", identifier, state)


def test_deletion_is_content_with_an_absent_volume(resources: Resources) -> None:
    identifier, state = resources.create("volume", **declaration(resources))
    resources.delete("volume", identifier, state)
    resources.delete("volume", identifier, state)
