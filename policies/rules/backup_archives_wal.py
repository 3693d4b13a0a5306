"""Every finished WAL segment goes to the backup repository.

What: `archive_mode` is on, `archive_command` is exactly that of the instance's stanza, and `archive_timeout` is at
    most five minutes.
Why: pgBackRest only looks for its name in the command, so `true # pgbackrest` would pass its check and keep nothing.
Fix: remove the override from the instance's `settings:`, and `ALTER SYSTEM RESET archive_command;` on the server.
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.servers import ServerSettings, server_settings

SCOPE = server_settings
PLANES = ("plan", "live")
SEVERITY = Severity.CRITICAL
CLAUSES = ("seed: backups",)
BAD = """
archive_mode = on
archive_command = 'true # pgbackrest'
archive_timeout = '1min'
"""
GOOD = """
archive_mode = on
archive_command = 'pgbackrest --stanza=postgres-user archive-push %p'
archive_timeout = '2min'
"""
LONGEST_TIMEOUT = 300


def check(server: ServerSettings) -> Iterator[str]:
    command = _replicated(server.address) if server.instance.is_replicated else _plain(server.address)
    yield from server.expect("archive_mode", "on")
    yield from (
        f"archive_command is '{found}', expected '{command}'"
        for found in server.values("archive_command")
        if found != command
    )
    for seconds in server.seconds("archive_timeout"):
        if not 0 < seconds <= LONGEST_TIMEOUT:
            yield f"archive_timeout is {seconds:.0f} s, expected 1 to {LONGEST_TIMEOUT}"


def _plain(stanza: str) -> str:
    return f"pgbackrest --stanza={stanza} archive-push %p"


def _replicated(stanza: str) -> str:
    """Only the node that leads begins a timeline in the archive."""
    return f"aqstream-pgbackrest-push {stanza} %p"
