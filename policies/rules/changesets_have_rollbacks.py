"""Every changeset has a rollback.

What: each changeset declares the SQL that undoes it.
Why: a deployment that cannot be taken back has to be repaired under pressure.
Fix: add `--rollback` lines to the changeset.
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.changesets import DeclaredChangeset, changesets

SCOPE = changesets
PLANES = ("rendered-sql",)
SEVERITY = Severity.HIGH
CLAUSES = ("seed: migrations",)
BAD = "CREATE TABLE shop.later (id uuid);"
GOOD = """
CREATE TABLE shop.later (id uuid);
--rollback DROP TABLE shop.later;
"""


def check(subject: DeclaredChangeset) -> Iterator[str]:
    if not subject.changeset.rollback.strip():
        yield "has no rollback"
