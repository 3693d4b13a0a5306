"""Every container runs an image that is fixed by its content.

What: the image is referenced by its id or digest, not by a tag.
Why: a tag means something else tomorrow, and nobody reviews the difference.
Fix: use `aqdata images` or a registry reference with `@sha256:...`.
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.containers import StackContainer, containers

SCOPE = containers
PLANES = ("plan", "live")
SEVERITY = Severity.HIGH
CLAUSES = ("CIS Docker 4.2", "PCI DSS 6.3.2")
BAD = "image: '{tag}'"
GOOD = "image: '{id}'"


def check(subject: StackContainer) -> Iterator[str]:
    image = subject.container.image
    if not image.startswith("sha256:") and "@sha256:" not in image:
        yield f"runs '{image}'"
