"""The image of the nodes."""

import pytest

from infra.host.progress import silent
from infra.images.build import ensure_images
from infra.images.recipes import current_tags


@pytest.fixture(scope="session")
def image() -> str:
    ensure_images(["postgres", "patroni"], silent)
    return current_tags()["patroni"]
