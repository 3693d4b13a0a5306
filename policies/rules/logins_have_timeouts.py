"""Every service login has timeouts.

What: app, readonly and migrator have statement_timeout, lock_timeout and idle_in_transaction_session_timeout above 0.
Why: one forgotten transaction keeps locks and dead rows for everybody on the server.
Fix: `ALTER ROLE <role> SET lock_timeout = '5s';` and so on.
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.roles import ServerRole, logins

SCOPE = logins
PLANES = ("rendered-sql", "live")
SEVERITY = Severity.LOW
CLAUSES = ("CIS PostgreSQL 6",)
BAD = "ALTER ROLE shop_app RESET lock_timeout;"
GOOD = "ALTER ROLE shop_app SET lock_timeout = '2s';"

_REQUIRED = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")


def check(subject: ServerRole) -> Iterator[str]:
    if subject.service is None:
        return
    own = {each.name: each.value for each in subject.catalog.role_settings if each.role == subject.role.name}
    for name in _REQUIRED:
        if own.get(name, "0") in ("", "0"):
            yield f"has no {name}"
