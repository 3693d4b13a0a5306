"""No untrusted language is installed.

What: no procedural language that reaches the server's files and network is installed.
Why: a function in such a language reads the data directory, past every privilege.
Fix: `DROP EXTENSION <language>;`
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.roles import Server, servers

SCOPE = servers
PLANES = ("rendered-sql", "live")
SEVERITY = Severity.HIGH
CLAUSES = ("CIS PostgreSQL 4.4",)
BAD = "CREATE LANGUAGE unsafe HANDLER plpgsql_call_handler;"
GOOD = "CREATE TRUSTED LANGUAGE safe HANDLER plpgsql_call_handler;"


def check(server: Server) -> Iterator[str]:
    for language in server.catalog.languages:
        if not language.is_trusted:
            yield f"language {language.name} is untrusted"
