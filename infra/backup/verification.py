"""Reading every object of a repository, by the program that an instance's container also starts by itself."""

from concurrent.futures import wait

from infra.backup.container import execute_until_interrupted
from infra.backup.pgbackrest import PgBackRest
from infra.backup.repository import read_repository
from infra.backup.restore.copy import OnProgress
from infra.host.interruption import interruptible_threads
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
    with interruptible_threads(1) as pool:
        running = pool.submit(execute_until_interrupted, program.container, command)
        while not wait([running], timeout=_SAY_AGAIN_SECONDS).done:
            on_progress("still reading")
        ended = running.result()
    if ended.code:
        again = "aqdata backup run makes a whole one beside it; docs/backups.md says how to remove what is damaged"
        raise ResourceError(ended.reason, again)
    return ended.output
