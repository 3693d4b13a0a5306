"""Only declared extensions are installed.

What: beside plpgsql, pgaudit on audited instances and what the instance declares, no extension is installed.
Why: extensions bring functions of C code, and some open files, networks or other servers.
Fix: `DROP EXTENSION <extension>;` or declare it under `extensions:`.
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.roles import Server, servers

SCOPE = servers
PLANES = ("rendered-sql", "live")
SEVERITY = Severity.MEDIUM
CLAUSES = ("CIS PostgreSQL 1.5", "PCI DSS 2.2.4")
BAD = "CREATE EXTENSION file_fdw SCHEMA extensions;"
GOOD = "COMMENT ON SCHEMA shop IS 'the shop';"

_ALWAYS = {"plpgsql", "pg_stat_statements"}


def check(server: Server) -> Iterator[str]:
    audit = {"pgaudit"} if server.instance.audit else set()
    for extension in server.catalog.extensions:
        if extension.name not in {*_ALWAYS, *audit, *server.instance.extensions}:
            yield f"extension {extension.name} is not declared"
