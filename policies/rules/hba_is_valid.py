"""Every line of pg_hba is valid.

What: PostgreSQL accepts each line of the file.
Why: a line with an error keeps the whole new file from being loaded, so the rules in force are older than they look.
Fix: correct the line that is named, then `SELECT pg_reload_conf();`
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.servers import HbaLine, hba_lines

SCOPE = hba_lines
PLANES = ("live",)
SEVERITY = Severity.HIGH
CLAUSES = ("CIS PostgreSQL 5",)
BAD = "hostssl all all all unheard-of"
GOOD = "hostssl aqstream all all scram-sha-256"


def check(line: HbaLine) -> Iterator[str]:
    if line.rule.error:
        yield line.rule.error
