"""The services' changelogs as they are written."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Changeset:
    """One declared changeset; `checksum` as Liquibase computes it, `rollback` is SQL text or empty."""

    service: str
    schema: str
    id: str
    author: str
    path: str
    sql: str
    rollback: str
    checksum: str
    runs_on_change: bool = False

    @property
    def identity(self) -> tuple[str, str, str]:
        """What Liquibase tells changesets apart by."""
        return (self.id, self.author, self.path)
