"""What is to be done: a changelog compared with what was applied. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from infra.model.errors import ConfigurationError, ResourceError
from sql.changelog import Changelog, Changeset
from sql.history import AppliedChangeset


class ChangesetEdited(ResourceError):
    """The text of an applied changeset is not what was applied."""


@dataclass(frozen=True)
class Status:
    """How a schema stands against its changelog.

    `changed` are repeatable changesets with new text; `cleared` lost their stored checksum; `edited` pairs a
    changeset with the row that has another checksum; `unknown` are rows that no changeset of the changelog explains.
    """

    pending: tuple[Changeset, ...]
    changed: tuple[Changeset, ...]
    cleared: tuple[Changeset, ...]
    edited: tuple[tuple[Changeset, AppliedChangeset], ...]
    unknown: tuple[AppliedChangeset, ...]
    applied: tuple[AppliedChangeset, ...]

    @property
    def is_up_to_date(self) -> bool:
        """Whether an apply would find nothing to do."""
        return not (self.pending or self.changed or self.edited)

    @property
    def to_apply(self) -> tuple[Changeset, ...]:
        """What an apply would run, without order."""
        return self.pending + self.changed


def compare(changelog: Changelog, history: Sequence[AppliedChangeset]) -> Status:
    """The changelog against the rows of `databasechangelog`."""
    rows = {row.identity: row for row in history}
    found = [(changeset, rows[changeset.identity]) for changeset in changelog.changesets if changeset.identity in rows]
    differing = [(changeset, row) for changeset, row in found if row.checksum not in (None, changeset.checksum)]
    known = {changeset.identity for changeset in changelog.changesets}
    return Status(
        pending=tuple(changeset for changeset in changelog.changesets if changeset.identity not in rows),
        changed=tuple(changeset for changeset, _ in differing if changeset.run_on_change),
        cleared=tuple(changeset for changeset, row in found if row.checksum is None),
        edited=tuple((changeset, row) for changeset, row in differing if not changeset.run_on_change),
        unknown=tuple(row for row in history if row.identity not in known),
        applied=tuple(history),
    )


def steps_to_apply(changelog: Changelog, history: Sequence[AppliedChangeset]) -> list[Changeset]:
    """What to run, in order. Raises ChangesetEdited before anything is run."""
    status = compare(changelog, history)
    if status.edited:
        raise ChangesetEdited(
            "\n".join(_edited(*pair) for pair in status.edited), "add a new changeset with the change"
        )
    due = {changeset.identity for changeset in status.to_apply}
    return [changeset for changeset in changelog.changesets if changeset.identity in due]


def _edited(changeset: Changeset, row: AppliedChangeset) -> str:
    return (
        f"{changeset.label} was edited after it was applied on {row.applied_at:%Y-%m-%d}: "
        f"applied {row.checksum}, now {changeset.checksum}"
    )


def steps_to_roll_back(
    changelog: Changelog, history: Sequence[AppliedChangeset], count: int | None = None, tag: str | None = None
) -> list[tuple[Changeset, AppliedChangeset]]:
    """The newest `count` changesets, or those newer than `tag`, newest first.

    Raises ConfigurationError for an unknown tag or too large a count, and for a row without its changeset.
    """
    rows = list(reversed(history))
    newest = rows[: _rows_after(tag, rows)] if tag is not None else rows[:count]
    if count is not None and count > len(rows):
        raise ConfigurationError(
            f"{changelog.schema}: only {len(rows)} changesets are applied, not {count}", "name a smaller --count"
        )
    changesets = {changeset.identity: changeset for changeset in changelog.changesets}
    for row in newest:
        if row.identity not in changesets:
            raise ConfigurationError(
                f"{row.label} was applied but is not in this checkout, so its rollback is unknown",
                "check out the version that applied it",
            )
    return [(changesets[row.identity], row) for row in newest]


def _rows_after(tag: str, rows: Sequence[AppliedChangeset]) -> int:
    for position, row in enumerate(rows):
        if row.tag == tag:
            return position
    known = ", ".join(sorted({row.tag for row in rows if row.tag})) or "none"
    raise ConfigurationError(f"no tag '{tag}' in databasechangelog", f"known tags: {known}")
