"""Nobody may create objects in the schema `public`.

What: PUBLIC has neither CREATE nor USAGE on the schema `public`.
Why: what lies there is found by every unqualified name.
Fix: `REVOKE ALL ON SCHEMA public FROM PUBLIC;`
"""

from collections.abc import Iterator

from policies.facts.access import PUBLIC
from policies.rule import Severity
from policies.scopes.roles import Server, servers

SCOPE = servers
PLANES = ("rendered-sql", "live")
SEVERITY = Severity.MEDIUM
CLAUSES = ("CIS PostgreSQL 4.10", "isolation 20")
BAD = "GRANT CREATE ON SCHEMA public TO PUBLIC;"
GOOD = "REVOKE ALL ON SCHEMA public FROM PUBLIC;"


def check(server: Server) -> Iterator[str]:
    schema = server.catalog.schema("public")
    for grant in schema.acl if schema else ():
        if grant.grantee == PUBLIC:
            yield f"PUBLIC has {grant.privilege} on schema public"
