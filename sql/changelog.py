"""A service's changelog: the ordered changesets that make its schema."""

from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property

from infra.model.errors import ConfigurationError
from sql.checksum import checksum_of

AUTHOR = "aqstream"


@dataclass(frozen=True)
class Changeset:
    """One change, applied once; with `run_on_change` again whenever its text changes.

    `path` is Liquibase's logical file path; together with `author` and `id` it is the changeset's identity.
    `exceptions` maps a rule on changes to the reason for which this changeset may break it.
    """

    id: str
    author: str
    path: str
    sql: str
    rollback: str
    comment: str = ""
    run_on_change: bool = False
    run_in_transaction: bool = True
    exceptions: dict[str, str] = field(default_factory=dict)

    @property
    def identity(self) -> tuple[str, str, str]:
        """What Liquibase knows the changeset by: id, author and path."""
        return (self.id, self.author, self.path)

    @property
    def label(self) -> str:
        """The changeset as Liquibase prints it: `event_service/0001_events.sql::0001_events::aqstream`."""
        return f"{self.path}::{self.id}::{self.author}"

    @cached_property
    def checksum(self) -> str:
        """Liquibase's MD5SUM of the changeset."""
        return checksum_of(self.sql)


@dataclass(frozen=True)
class Changelog:
    """Every changeset of one service, in the order of application."""

    service: str
    schema: str
    owner: str
    changesets: tuple[Changeset, ...]

    def __post_init__(self) -> None:
        for identity, count in Counter(changeset.id for changeset in self.changesets).items():
            if count > 1:
                raise ConfigurationError(
                    f"sql/{self.schema}: changeset '{identity}' is there {count} times",
                    "give each changeset its own id",
                )

    @property
    def checksums(self) -> dict[str, str]:
        """Checksum by id, in order: what a preview compares, computed without a database."""
        return {changeset.id: changeset.checksum for changeset in self.changesets}
