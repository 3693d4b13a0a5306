"""Container logs are kept, and bounded.

What: each container logs with a driver other than none, and json-file has max-size and max-file.
Why: logs are the audit trail's last resort, and an unbounded one fills the disk of the databases.
Fix: `logDriver: json-file` with `logOpts: {max-size: 20m, max-file: "5"}`
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.containers import StackContainer, containers

SCOPE = containers
PLANES = ("plan", "live")
SEVERITY = Severity.LOW
CLAUSES = ("CIS Docker 2.13", "PCI DSS 10.2.1")
BAD = "{logDriver: none, logOpts: {}}"
GOOD = "{logDriver: json-file, logOpts: {max-size: 5m, max-file: '3'}}"


def check(subject: StackContainer) -> Iterator[str]:
    container = subject.container
    if container.log_driver == "none":
        yield "keeps no log"
    elif container.log_driver == "json-file" and not {"max-size", "max-file"} <= dict(container.log_options).keys():
        yield "keeps a log without bounds"
