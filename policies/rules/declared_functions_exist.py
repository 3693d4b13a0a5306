"""Every declared function exists.

What: each function under a service's `functions:` is there with its signature.
Why: a declaration of something that is not there hides the next function of that name.
Fix: apply the changelog, or remove the declaration.
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.roles import Server, servers

SCOPE = servers
PLANES = ("rendered-sql", "live")
SEVERITY = Severity.MEDIUM
CLAUSES = ("isolation 8",)
BAD = "DROP FUNCTION shop.count_orders(uuid);"
GOOD = "CREATE FUNCTION shop.one() RETURNS bigint LANGUAGE sql AS 'SELECT 1::bigint';"


def check(server: Server) -> Iterator[str]:
    present = {(each.schema, each.name, each.signature) for each in server.catalog.functions}
    for service in server.services:
        for name, declared in service.functions.items():
            if (service.schema_name, name, declared.signature) not in present:
                yield f"{service.schema_name}.{name}({declared.signature}) is declared but does not exist"
