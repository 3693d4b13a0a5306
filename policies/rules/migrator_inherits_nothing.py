"""The migrator has the owner's powers only after SET ROLE.

What: the migrator's memberships do not INHERIT.
Why: with INHERIT every object it makes by accident is its own, and what it does carries no explicit change of role.
Fix: `GRANT <owner> TO <migrator> WITH INHERIT FALSE, SET TRUE;`
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.roles import ServerRole, logins

SCOPE = logins
PLANES = ("rendered-sql", "live")
SEVERITY = Severity.MEDIUM
CLAUSES = ("PCI DSS 7.2", "isolation 2")
BAD = "GRANT shop_owner TO shop_migrator WITH INHERIT TRUE;"
GOOD = "GRANT shop_owner TO shop_migrator WITH INHERIT FALSE;"


def check(subject: ServerRole) -> Iterator[str]:
    service = subject.service
    if service and subject.role.name == service.migrator:
        inherited = subject.catalog.inherited_roles(service.migrator) - {service.migrator}
        for role in sorted(inherited):
            yield f"inherits {role}"
