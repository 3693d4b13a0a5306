"""What the containers of a stack should run, by name."""

from infra.images.recipes import current_tags
from infra.model.stack import Stack


def expected_images(stack: Stack) -> frozenset[str]:
    """The tag by content of each image that is built, and the reference with a digest of each that is not."""
    tags = current_tags()
    return frozenset(tags[name] if chosen == "build" else chosen for name, chosen in stack.images)
