"""Data pages carry checksums.

What: the cluster was made with data checksums.
Why: they find a broken page when it is read, instead of after the last good backup has expired.
Fix: `pg_checksums --enable` on the stopped cluster.
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.servers import ServerSettings, server_settings

SCOPE = server_settings
PLANES = ("live",)
SEVERITY = Severity.HIGH
CLAUSES = ("seed: backups",)
BAD = "data_checksums = off"
GOOD = "data_checksums = on"


def check(server: ServerSettings) -> Iterator[str]:
    yield from server.expect("data_checksums", "on")
