"""A cache user runs the declared commands only.

What: a dry run of every command of the server lets each user through for exactly the declared ones.
Why: SCAN, KEYS and the like show other services' key names whatever the key patterns say; scripts and administrative
    commands reach further still. Asking the server judges the effect of its rules and not their spelling.
Fix: `aqdata refresh` shows the difference, `aqdata up` sets the declared commands again.
"""

from collections.abc import Iterator

from infra.model.cache_access import UNAUTHENTICATED_COMMANDS
from policies.rule import Severity, Unknown
from policies.scopes.caches import CacheLogin, cache_logins

SCOPE = cache_logins
PLANES = ("live",)
SEVERITY = Severity.HIGH
CLAUSES = ("PCI DSS 7.2",)
BAD = "redis ACL SETUSER notification_service +scan"
GOOD = "redis ACL SETUSER notification_service +get"


def check(login: CacheLogin) -> Iterator[str]:
    if login.user is None:
        return
    if login.user.allowed is None:
        raise Unknown("no dry run was made")
    granted = login.declared.commands if login.declared else ()
    for command in sorted(login.user.allowed - {*UNAUTHENTICATED_COMMANDS}):
        if not {command, command.partition("|")[0]}.intersection(granted):
            yield f"may run {command.replace('|', ' ')}, which is not declared"
    for command in granted:
        if not any(command in (allowed, allowed.partition("|")[0]) for allowed in login.user.allowed):
            yield f"may not run {command.replace('|', ' ')}, which is declared"
