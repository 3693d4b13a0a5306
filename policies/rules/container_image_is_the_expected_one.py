"""A container runs the image that the checkout describes.

What: the image that Docker resolved carries the tag by content hash of one of the checkout's images, or the digest that
    the stack file names.
Why: an image that was built from other sources, or exchanged on the host, runs under a name that says nothing about it.
Fix: `aqdata images list` shows the expected tags; `aqdata up --stack <stack>` builds and starts them.
"""

from collections.abc import Iterator

from policies.rule import Severity, Unknown
from policies.scopes.containers import RunningImage, running_images

SCOPE = running_images
PLANES = ("live",)
SEVERITY = Severity.HIGH
CLAUSES = ("CIS Docker 4.2", "PCI DSS 6.3.2")
BAD = 'image: "{other}"'
GOOD = 'image: "{id}"'


def check(image: RunningImage) -> Iterator[str]:
    if not image.expected:
        raise Unknown("what should run is not known")
    if not image.expected.intersection(image.container.image_names):
        names = ", ".join(image.container.image_names) or image.container.image_id or image.container.image
        yield f"runs {names}, which the checkout does not describe"
