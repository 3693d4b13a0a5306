"""Read an instance's repository, and what its scheduler last noted, through its container."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from infra.backup.container import execute
from infra.backup.pgbackrest import PgBackRest
from infra.components.pgbackrest import STATUS_FILE
from infra.model.recovery.repository import Repository, repository_of


def read_repository(program: PgBackRest) -> Repository:
    """What the stanza holds. Raises ResourceError."""
    with ThreadPoolExecutor(2) as pool:
        info, archive = pool.submit(program.info), pool.submit(program.archive)
        return repository_of(program.stanza, info.result(), archive.result())


def read_schedule(container: str) -> dict[str, Any]:
    """The scheduler's status file, empty before its first round. Raises ResourceError."""
    ended = execute(container, ["cat", STATUS_FILE])
    found: dict[str, Any] = json.loads(ended.output) if not ended.code else {}
    return found
