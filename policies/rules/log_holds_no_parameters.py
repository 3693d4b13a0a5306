"""Logs hold no statement parameters.

What: `log_parameter_max_length` and `log_parameter_max_length_on_error` are 0.
Why: parameters carry tenants' values into a log that no policy protects.
Fix: remove the override from the instance's `settings:`, and `ALTER SYSTEM RESET log_parameter_max_length;` on the
    server.
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.servers import ServerSettings, server_settings

SCOPE = server_settings
PLANES = ("plan", "live")
SEVERITY = Severity.MEDIUM
CLAUSES = (
    "isolation 16",
    "PCI DSS 3.3",
)
BAD = "log_parameter_max_length = -1"
GOOD = "log_parameter_max_length = 0"


def check(server: ServerSettings) -> Iterator[str]:
    for name in ("log_parameter_max_length", "log_parameter_max_length_on_error"):
        for value in server.values(name):
            if value.rstrip("B") != "0":
                yield f"{name} is {value}, expected 0"
