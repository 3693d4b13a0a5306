"""Changesets only add.

What: no changeset drops or renames a table, column or schema, or changes a column's type.
Why: the old version of the application still runs while the new one is rolled out, and reads what was there.
Fix: add beside the old, move over, and remove in a release after nothing reads it.
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.changesets import DeclaredChangeset, changesets
from policies.statements import destructive_statements

SCOPE = changesets
PLANES = ("rendered-sql",)
SEVERITY = Severity.HIGH
CLAUSES = ("seed: migrations",)
BAD = """
ALTER TABLE shop.orders DROP COLUMN note;
--rollback ALTER TABLE shop.orders ADD COLUMN note text;
"""
GOOD = """
ALTER TABLE shop.orders ADD COLUMN remark text;
--rollback ALTER TABLE shop.orders DROP COLUMN remark;
"""


def check(subject: DeclaredChangeset) -> Iterator[str]:
    for statement in destructive_statements(subject.changeset.sql):
        yield f"is not additive: {statement}"
