"""Every login starts with a fixed search path that ends with pg_temp.

What: each declared login has a search_path of its own, without `"$user"` and `public`, with `pg_temp` last.
Why: names are found in the first schema that has them; without an explicit place pg_temp comes first, so a temporary
    table shadows the real one.
Fix: `ALTER ROLE <role> SET search_path = <schema>, extensions, pg_temp;`
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.roles import ServerRole, logins

SCOPE = logins
PLANES = ("rendered-sql", "live")
SEVERITY = Severity.MEDIUM
CLAUSES = ("isolation 20", "CIS PostgreSQL 4.4")
BAD = "ALTER ROLE shop_app SET search_path = public, shop;"
GOOD = "ALTER ROLE shop_app SET search_path = shop, pg_temp;"


def check(subject: ServerRole) -> Iterator[str]:
    settings = subject.catalog.role_settings
    path = next((each.value for each in settings if (each.role, each.name) == (subject.role.name, "search_path")), "")
    parts = [part.strip().strip('"') for part in path.split(",")]
    if parts[-1] != "pg_temp":
        yield f"search_path '{path}' does not end with pg_temp"
    for schema in {"public", "$user"} & set(parts):
        yield f"search_path '{path}' has {schema} in it"
