"""The plan has resources of known types only.

What: every resource is a component of this project, or of the packages docker and aqstream.
Why: a resource of another package reaches something that no rule of this project judges.
Fix: remove it, or write the rules for it first.
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.resources import PlannedResource, resources

SCOPE = resources
PLANES = ("plan",)
SEVERITY = Severity.HIGH
CLAUSES = ("PCI DSS 2.2.1",)
BAD = "{type: 'command:local:Command'}"
GOOD = "{type: 'docker:index/volume:Volume'}"

_KNOWN = ("docker:", "aqstream:", "pulumi:pulumi:Stack", "pulumi:providers:docker", "pulumi:providers:aqstream")


def check(subject: PlannedResource) -> Iterator[str]:
    if not subject.resource.type.startswith(_KNOWN):
        yield f"is of type {subject.resource.type}"
