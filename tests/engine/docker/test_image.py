"""Image lookup on the real Docker Engine."""

from __future__ import annotations

import asyncio

import pytest
from docker import APIClient
from pulumi.provider.experimental import provider as protocol

from infra.engine.embedded.docker.property_values import boxed, plain_properties
from infra.model.errors import ResourceError
from tests.engine.docker.conftest import IMAGE, Resources

pytestmark = pytest.mark.docker

LOOK_UP = "docker:index/getRemoteImage:getRemoteImage"


def test_an_image_of_this_host_is_found_without_a_registry(resources: Resources, image: str) -> None:
    identifier, state = resources.create("image", name=IMAGE, keepLocally=True)
    assert identifier == f"{image}{IMAGE}"
    assert state["imageId"] == image
    assert resources.diff("image", state, name=IMAGE, keepLocally=True).changes is False
    assert resources.read("image", identifier, state, name=IMAGE, keepLocally=True) == (identifier, state)


def test_an_image_kept_locally_survives_its_deletion(resources: Resources, image: str, api: APIClient) -> None:
    identifier, state = resources.create("image", name=IMAGE, keepLocally=True)
    resources.delete("image", identifier, state)
    assert api.inspect_image(IMAGE)["Id"] == image


def test_an_image_not_kept_is_untagged(resources: Resources, image: str, api: APIClient) -> None:
    api.tag(image, "aqdata-test/doomed", "1")
    identifier, state = resources.create("image", name="aqdata-test/doomed:1")
    resources.delete("image", identifier, state)
    resources.delete("image", identifier, state)
    assert not api.images("aqdata-test/doomed")


def test_the_lookup_function_answers_with_the_id(resources: Resources, image: str) -> None:
    request = protocol.InvokeRequest(LOOK_UP, {"name": boxed(IMAGE)})
    answer = asyncio.run(resources.provider.invoke(request))
    assert plain_properties(answer.return_value or {}) == {"id": image, "name": IMAGE, "repoDigest": ""}


def test_the_lookup_of_an_absent_image_says_how_to_build_it(resources: Resources) -> None:
    request = protocol.InvokeRequest(LOOK_UP, {"name": boxed("aqdata-test/absent:1")})
    with pytest.raises(ResourceError, match="no image aqdata-test/absent:1") as refusal:
        asyncio.run(resources.provider.invoke(request))
    assert "images build" in refusal.value.hint
