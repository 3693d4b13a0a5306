"""The deployed schema is the declared changelog.

What: each declared changeset is recorded in its service's `databasechangelog` with its checksum, and nothing else is.
Why: a changeset that is missing, edited after it was applied, or applied from nowhere means that the SQL under review
    is not the SQL that runs.
Fix: `aqdata up --stack <stack>`; write a new changeset instead of editing an applied one.
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.changesets import ServiceChangelog, changelogs

SCOPE = changelogs
PLANES = ("live",)
SEVERITY = Severity.HIGH
CLAUSES = ("seed: migrations", "drift")
BAD = "UPDATE shop.databasechangelog SET md5sum = '9:00' WHERE id = '0001_orders';"
GOOD = "UPDATE shop.databasechangelog SET tag = 'v1' WHERE id = '0001_orders';"


def check(changelog: ServiceChangelog) -> Iterator[str]:
    applied = {(each.id, each.author, each.filename): each.checksum for each in changelog.applied}
    declared = {each.identity: each for each in changelog.declared}
    for identity, changeset in declared.items():
        if identity not in applied:
            yield f"changeset {changeset.id} is not applied"
        elif applied[identity] not in (None, changeset.checksum):
            yield f"changeset {changeset.id} was edited after it was applied"
    for identity in applied.keys() - declared.keys():
        yield f"changeset {identity[0]} of {identity[2]} is applied but not declared"
