#!/usr/bin/python3
"""Restore the newest backup and all WAL up to now beside the running server, see that it is whole, take it away.

Started every hour by the scheduler in the container; a status file says when it last passed, and so what is due.
It proves the repository with the instance's own key and needs no other access. What isolates tenants has to be in the
copy as it is in the server, which `aqdata verify` judges; `aqdata drill` puts all of its rules to a copy itself.
"""

import json
import secrets
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from isolation import Lines, compare, isolation_lines
from scheduled import LONGEST_SECONDS, LOW, CheckFailed, Status, arguments_of, carry_out, look, run

HOME = Path("/var/lib/postgresql")
COPY = HOME / "restore-check"
SOCKETS = Path("/tmp/restore-check")  # noqa: S108 the container's own
SETTINGS = Path("/etc/aqstream")
SPARE_BYTES = 1 << 30
ARCHIVE_SECONDS = 120
# The copy shares the container's memory with the server that is being used.
SMALL = {
    "archive_mode": "off",
    "config_file": f"{SETTINGS}/postgresql.conf",
    "hba_file": f"{SETTINGS}/pg_hba.conf",
    "hot_standby": "off",
    "listen_addresses": "",
    "max_connections": "20",
    "shared_buffers": "16MB",
    "unix_socket_directories": str(SOCKETS),
}


def required_bytes(info: Any) -> int:
    """What the newest backup takes on the disk, with room for the WAL after it. Raises CheckFailed without one."""
    backups = info[0]["backup"] if info else []
    if not backups:
        raise CheckFailed("there is no backup yet")
    return 2 * int(backups[-1]["info"]["size"]) + SPARE_BYTES


def sql(statement: str, host: Path | None = None, database: str = "postgres") -> str:
    """What psql prints, of the running server, or of the copy at the host."""
    where = [f"--host={host}"] if host else []
    return run(["psql", "-XqAt", "-v", "ON_ERROR_STOP=1", f"--dbname={database}", *where, "-c", statement], 60)


def wait(condition: Callable[[], bool], seconds: float, refusal: str) -> None:
    """Raises CheckFailed when it does not come true in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise CheckFailed(refusal)
        time.sleep(0.2)


def name_this_moment() -> str:
    """A restore point of now whose WAL is in the repository."""
    name = f"restore-check-{secrets.token_hex(6)}"
    sql(f"SELECT pg_create_restore_point('{name}')")
    segment = sql("SELECT pg_walfile_name(pg_switch_wal())")
    archived = f"SELECT last_archived_wal >= '{segment}' FROM pg_stat_archiver"  # noqa: S608 the server's own word
    wait(lambda: sql(archived) == "t", ARCHIVE_SECONDS, f"WAL segment {segment} was not archived")
    return name


def fetch(stanza: str, point: str) -> None:
    """The newest backup, as far as to the point.

    The spool belongs to the running server: WAL is fetched one by one, and a restore that knew the spool would empty
    it, with what archiving has just noted there.
    """
    command = f'pgbackrest --stanza={stanza} --pg1-path={COPY} --no-archive-async archive-get %f "%p"'
    own = ["--lock-path=/tmp/restore-check-lock", "--spool-path=/tmp/restore-check-spool"]
    options = [f"--pg1-path={COPY}", "--archive-mode=off", "--process-max=1", *own]
    target = ["--type=name", f"--target={point}", "--target-action=promote"]
    recovery = f"--recovery-option=restore_command={command}"
    run(["pgbackrest", f"--stanza={stanza}", *options, *target, recovery, "restore"])


def isolation_of(database: str, host: Path | None = None) -> Lines:
    """What isolates tenants in the running server, or in the copy at the host."""
    return isolation_lines(lambda statement: sql(statement, host, database))


def serve_and_judge(database: str, before: Lines, after: Lines) -> None:
    """Recover, promote, compare what isolates tenants, and read every page. Raises CheckFailed."""
    settings = [part for name, value in SMALL.items() for part in ("-c", f"{name}={value}")]
    with (COPY / "server.log").open("w") as log:
        server = subprocess.Popen([*LOW, "postgres", "-D", str(COPY), *settings], stdout=log, stderr=log)
    try:
        wait(lambda: promoted(server), LONGEST_SECONDS, "recovery took longer than six hours")
        if int(sql("SELECT count(*) FROM pg_class WHERE relkind = 'r'", SOCKETS, database)) == 0:
            raise CheckFailed("the copy holds no table")
        compare(before, after, isolation_of(database, SOCKETS))
        check = ["pg_amcheck", f"--host={SOCKETS}", f"--database={database}", "--install-missing", "--jobs=1"]
        run(check)
    finally:
        server.terminate()
        server.wait()


def promoted(server: "subprocess.Popen[bytes]") -> bool:
    """Whether the copy takes writes. Raises CheckFailed when it ended."""
    if server.poll() is not None:
        said = [line for line in (COPY / "server.log").read_text(errors="replace").splitlines() if "FATAL" in line]
        raise CheckFailed(f"recovery stopped: {(said or ['the server ended'])[-1].partition('FATAL:')[2].strip()}")
    try:
        return sql("SELECT pg_is_in_recovery()", SOCKETS) == "f"
    except CheckFailed:
        return False


def restore(stanza: str, database: str) -> None:
    """One whole check. Raises CheckFailed."""
    info = json.loads(run(["pgbackrest", f"--stanza={stanza}", "info", "--output=json"]))
    needed, free = required_bytes(info), shutil.disk_usage(HOME).free
    if free < needed:
        raise CheckFailed(f"it takes {needed >> 20} MiB beside the data, {free >> 20} MiB are free")
    before = isolation_of(database)
    point = name_this_moment()
    after = isolation_of(database)
    fetch(stanza, point)
    serve_and_judge(database, before, after)


def clean() -> None:
    """Take the copy away, also one that a killed check left."""
    for folder in (COPY, SOCKETS):
        shutil.rmtree(folder, ignore_errors=True)


def check(now: float, status: Status, options: Any) -> Status:
    """The status after a check that was due."""
    clean()
    SOCKETS.mkdir(mode=0o700)
    try:
        return carry_out(now, status, lambda: restore(options.stanza, options.database))
    finally:
        clean()


def main(arguments: list[str]) -> int:
    """One look. The exit code is that of the scheduled job."""
    parser = arguments_of(__doc__)
    parser.add_argument("--database", required=True)
    options = parser.parse_args(arguments)
    return look(options, lambda now, status: check(now, status, options))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
