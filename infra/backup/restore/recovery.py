"""Wait until a restored server has replayed its WAL up to the target and takes writes."""

import re
import time

from docker.errors import DockerException
from docker.models.containers import Container

from infra.backup.container import execute
from infra.host.interruption import checkpoint
from infra.model.errors import ResourceError
from infra.model.recovery.position import SEGMENT_BYTES, Position
from infra.model.recovery.timelines import parse_lsn

_POLL_SECONDS = 0.2
_PATIENCE_SECONDS = 6 * 3600
_FATAL = re.compile(r"(?:FATAL|PANIC): +(.*)")
_LAST = re.compile(r"last completed transaction was at log time (\S+ \S+)[+]00")
_REDO_DONE = re.compile(r"redo done at ([0-9A-F]+/[0-9A-F]+)")
_NOT_REACHED = "before configured recovery target was reached"
_NOT_YET = ("starting up", "not yet accepting", "in recovery mode")


def await_promotion(server: Container, end: Position | None = None) -> None:
    """Returns once the server takes writes. Raises ResourceError with the server's reason when it gives up.

    `end` is a segment that it had to get to: PostgreSQL takes WAL that cannot be fetched for the end of it.
    """
    name, deadline = str(server.name), time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < deadline:
        checkpoint()
        if not _runs(server):
            log = server.logs(tail=50).decode(errors="replace")
            reason = _reason(log)
            raise ResourceError(f"{name}: recovery stopped: {reason}", _hint(reason, log))
        if query(name, "postgres", "SELECT pg_is_in_recovery()", patient=True) == "f":
            if end:
                _require_reached(server, end)
            return
        time.sleep(_POLL_SECONDS)
    raise ResourceError(f"{name}: recovery takes longer than six hours", f"docker logs {name}")


def _require_reached(server: Container, end: Position) -> None:
    found = _REDO_DONE.findall(server.logs().decode(errors="replace"))
    if found and parse_lsn(found[-1]) // SEGMENT_BYTES >= end.number:
        return
    raise ResourceError(
        f"{server.name}: recovery ended at {found[-1] if found else 'an unknown place'}, before WAL segment {end.name} "
        "of the archive: one could not be fetched",
        "`aqdata backup verify` names what is damaged, `aqdata status` whether the object store answers",
    )


def query(container: str, database: str, statement: str, *, patient: bool = False) -> str:
    """What psql prints, as the superuser over the container's own socket; `patient`: empty while it starts.

    Raises ResourceError.
    """
    command = ["psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-d", database, "-c", statement]
    try:
        ended = execute(container, command)
    except ResourceError:
        if patient:
            return ""
        raise
    if ended.code and not patient:
        raise ResourceError(f"{container}: {ended.reason}", f"docker logs {container}")
    return ended.output.strip()


def _runs(server: Container) -> bool:
    try:
        server.reload()
    except DockerException:
        return False
    return bool(server.status == "running")


def _hint(reason: str, log: str) -> str:
    if _NOT_REACHED not in reason:
        return "`aqdata backup window` shows what can be restored"
    last = _LAST.findall(log)
    known = f", the last one archived there is of {last[-1]} UTC" if last else ""
    return (
        f"no such name and no transaction after that time is on the timeline of that time{known}; "
        "give an earlier time, or `--to latest`, which is all of the newest timeline"
    )


def _reason(log: str) -> str:
    found = [reason for reason in _FATAL.findall(log) if not any(phrase in reason for phrase in _NOT_YET)]
    return str(found[-1]) if found else "the server ended"
