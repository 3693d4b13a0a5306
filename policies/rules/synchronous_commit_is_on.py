"""A commit is durable when it is confirmed.

What: `synchronous_commit` is on or remote_write or remote_apply or local.
Why: with off a crash loses transactions that clients were told are done.
Fix: remove the override from the instance's `settings:`, and `ALTER SYSTEM RESET synchronous_commit;` on the
    server.
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.servers import ServerSettings, server_settings

SCOPE = server_settings
PLANES = ("plan", "live")
SEVERITY = Severity.HIGH
CLAUSES = ("seed: backups",)
BAD = "synchronous_commit = off"
GOOD = "synchronous_commit = remote_apply"


def check(server: ServerSettings) -> Iterator[str]:
    yield from server.expect("synchronous_commit", "on", "remote_write", "remote_apply", "local")
