"""The audit trail holds no parameters.

What: `pgaudit.log_parameter` is off.
Why: parameters of payment statements are personal and card-related data, which logs must not keep.
Fix: remove the override from the instance's `settings:`, and `ALTER SYSTEM RESET pgaudit.log_parameter;` on the
    server.
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.servers import ServerSettings, audited_settings

SCOPE = audited_settings
PLANES = ("plan", "live")
SEVERITY = Severity.HIGH
CLAUSES = (
    "PCI DSS 3.3",
    "PCI DSS 10.2",
)
BAD = "pgaudit.log_parameter = on"
GOOD = "pgaudit.log_parameter = off"


def check(server: ServerSettings) -> Iterator[str]:
    yield from server.expect("pgaudit.log_parameter", "off")
