"""Reading every object of a repository, by the program that an instance's container also starts by itself."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from infra.backup.container import execute_until_interrupted
from infra.backup.pgbackrest import PgBackRest
from infra.backup.repository import read_repository
from infra.backup.restore.copy import OnProgress
from infra.model.backups import REPOSITORY_CHECK_FILE
from infra.model.errors import ResourceError

# Its whole command line, by which an interrupt finds it.
_PROGRAM = ("/usr/bin/python3", "/usr/local/bin/aqstream-verify-repository")
_SAY_AGAIN_SECONDS = 30


def verify_repository(program: PgBackRest, on_progress: OnProgress) -> str:
    """What pgBackRest says of each backup and of the WAL; noted in the container, where `aqdata verify` looks.

    Raises ResourceError where an object is damaged or cannot be read.
    """
    found = read_repository(program)
    backups = [backup for each in (found, *found.former) for backup in each.backups]
    stored = sum(backup.stored for backup in backups)
    on_progress(f"reading {len(backups)} backups, {stored >> 20} MiB, and {len(found.segments)} segments of WAL")
    status = f"--status={REPOSITORY_CHECK_FILE}"
    command = [*_PROGRAM, f"--stanza={program.stanza}", "--every-days=0", status, "--now"]
    with _repeated(lambda: on_progress("still reading")):
        ended = execute_until_interrupted(program.container, command)
    if ended.code:
        again = "aqdata backup run makes a whole one beside it; docs/backups.md says how to remove what is damaged"
        raise ResourceError(ended.reason, again)
    return ended.output


@contextmanager
def _repeated(say: Callable[[], None]) -> Iterator[None]:
    over = threading.Event()

    def go_on() -> None:
        while not over.wait(_SAY_AGAIN_SECONDS):
            say()

    thread = threading.Thread(target=go_on, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
