"""Read an instance's repository through its container."""

from typing import Any

from infra.backup.pgbackrest import PgBackRest
from infra.host.interruption import interruptible_threads
from infra.model.recovery.repository import Repository, repository_of
from infra.model.recovery.timelines import history_paths


def read_repository(program: PgBackRest) -> Repository:
    """What the stanza holds. Raises ResourceError."""
    with interruptible_threads(2) as pool:
        info, archive = pool.submit(program.info), pool.submit(_archive, program)
    return repository_of(program.stanza, info.result(), *archive.result())


def _archive(program: PgBackRest) -> tuple[dict[str, dict[str, Any]], dict[str, str]]:
    listing = program.archive()
    return listing, {path: program.archived_text(path) for path in history_paths(listing)}
