"""Roles belong to other roles only as declared.

What: a service's migrator belongs to its own owner, app and readonly, with SET and without INHERIT; the verifier to
    pg_monitor; backup to what pgBackRest needs. There is no other membership and none with ADMIN.
Why: a member of the owner can switch row security off, also where INHERIT is false; a member of a predefined role
    reads or writes everything.
Fix: `REVOKE <role> FROM <member>;`
"""

from collections.abc import Iterator

from policies.facts.access import Membership
from policies.rule import Severity
from policies.scopes.roles import SUPERUSER, Server, servers

SCOPE = servers
PLANES = ("rendered-sql", "live")
SEVERITY = Severity.CRITICAL
CLAUSES = ("CIS PostgreSQL 4.3", "PCI DSS 7.2", "isolation 2")
BAD = "GRANT shop_owner TO shop_app WITH INHERIT FALSE;"
GOOD = "GRANT shop_owner TO shop_migrator WITH INHERIT FALSE, SET TRUE;"

_OF_INSTANCE_LOGINS = {
    "verifier": {"pg_monitor"},
    "backup": {"pg_read_all_settings", "pg_checkpoint"},
}


def check(server: Server) -> Iterator[str]:
    declared = _declared(server)
    for membership in server.catalog.memberships:
        pair = (membership.role, membership.member)
        if membership.member != SUPERUSER and pair not in declared:
            yield f"{membership.member} is a member of {membership.role}"
        elif _is_too_strong(membership):
            yield f"{membership.member} may grant {membership.role} to others"


def _is_too_strong(membership: Membership) -> bool:
    return membership.is_admin and membership.member != SUPERUSER


def _declared(server: Server) -> set[tuple[str, str]]:
    of_services = {
        (role, service.migrator)
        for service in server.services
        for role in (service.owner, service.app, service.readonly)
    }
    return of_services | {(role, member) for member, granted in _OF_INSTANCE_LOGINS.items() for role in granted}
