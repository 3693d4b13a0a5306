#!/usr/bin/python3
"""Have a node whose disk is nearly full give way to one with room: `aqstream-patroni-room OVERLAY`.

A primary without room refuses writes and goes on, or crashes and is started in place again and again. Patroni sees a
server that runs, or one that was just started, and looks for no other. So a node with less room than is declared comes
after all others when a primary is chosen, and hands over if it is the primary and another one has room. While nobody
has, it goes on. OVERLAY is the settings file that says so to Patroni; it lies where there is always room.
"""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

DATA = "/var/lib/postgresql"
STATUS = Path(DATA, "data", "postmaster.pid")
"""Its last line is the server's state."""
LEAST = Path("/etc/aqstream/least-room")
LAST, FIRST = 1, 2
"""Patroni's `failover_priority` of a node without room and of one with."""
LEADING = ("leader", "primary", "master", "standby_leader")
SYNCHRONOUS = ("sync_standby", "quorum_standby")
LOOK_SECONDS = 1.0
HANDOVER_SECONDS = 6
NOT_ENDING = ("in production", "in crash recovery")
"""States of `pg_control` in which no shutdown's checkpoint has begun; recovery notes its own after a sync."""
ENOUGH = 2
"""Times the least room, before a node counts again: what is archived and removed comes and goes."""


def main(overlay: str) -> int:
    """Look for ever."""
    told = FIRST
    while True:
        priority = priority_of(room(), int(LEAST.read_text()), told)
        if priority != told and tell(Path(overlay), priority):
            told = priority
        if priority == LAST:
            give_way()
        time.sleep(LOOK_SECONDS)


def room() -> int:
    """Bytes that a server may still write."""
    disk = os.statvfs(DATA)
    return disk.f_bavail * disk.f_frsize


def priority_of(free: int, least: int, told: int) -> int:
    """What this node is worth as a primary."""
    return LAST if free < (least * ENOUGH if told == LAST else least) else FIRST


def tell(overlay: Path, priority: int) -> bool:
    """Have Patroni know; False where it does not answer."""
    overlay.write_text(f"tags: {{failover_priority: {priority}}}\n")
    say(f"priority {priority}, {room() >> 20} MB are free")
    return ask("POST", "/reload", {}) is not None


def give_way() -> None:
    """Hand over, if this node leads and another one that has room follows closely.

    One that has crashed is left to Patroni, which gives it up when it does not come up again.
    """
    own = ask("GET", "/patroni") or {}
    if own.get("role") not in LEADING or not accepts():
        return
    leader = own.get("patroni", {}).get("name")
    candidate = successor((ask("GET", "/cluster") or {}).get("members", []))
    if candidate:
        say(f"{leader} has too little room and gives way to {candidate}")
        if ask("POST", "/switchover", {"leader": leader, "candidate": candidate}, HANDOVER_SECONDS) is None:
            end_what_hangs()


def accepts() -> bool:
    """Whether the server lets anybody in."""
    return subprocess.run(["pg_isready", "--quiet", "--host=/run/postgresql"], check=False).returncode == 0


def end_what_hangs() -> None:
    """Told to stop while it recovers from a crash, PostgreSQL 17.12 waits for its checkpointer for ever.

    One that is slow and sound is left alone: who ends it now may lose what its replicas have not received yet.
    """
    lines = STATUS.read_text().splitlines() if STATUS.exists() else []
    if lines and lines[-1].strip() == "stopping" and control_state() in NOT_ENDING and not sends_wal():
        say(f"the server crashed, has not stopped within {HANDOVER_SECONDS} s and is ended")
        subprocess.run(["pg_ctl", "stop", f"--pgdata={STATUS.parent}", "--mode=immediate", "--no-wait"], check=False)


def control_state() -> str:
    """What `pg_control` says of the server: `shutting down` from a sound one's last checkpoint on."""
    command = ["pg_controldata", f"--pgdata={STATUS.parent}"]
    said = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, "LC_ALL": "C"})
    fields = (line.partition(":") for line in said.stdout.splitlines())
    return next((value.strip() for name, _, value in fields if name == "Database cluster state"), "")


def sends_wal() -> bool:
    """Whether replicas are being served still, which a sound server does to its end and a crashed one does not."""
    return (
        subprocess.run(
            ["pgrep", "--full", "^postgres: .*walsender "], check=False, stdout=subprocess.DEVNULL
        ).returncode
        == 0
    )


def successor(members: list[dict[str, Any]]) -> str | None:
    """Who takes over: synchronous ones only, where there are any, and who is least behind."""
    following = [each for each in members if each.get("role") not in LEADING and each.get("state") == "streaming"]
    synchronous = [each for each in following if each.get("role") in SYNCHRONOUS]
    fit = [each for each in synchronous or following if each.get("tags", {}).get("failover_priority") != LAST]
    known = [each for each in fit if isinstance(each.get("lag"), int)]
    return str(min(known, key=lambda each: int(each["lag"]))["name"]) if known else None


def ask(method: str, path: str, body: dict[str, Any] | None = None, seconds: int = 30) -> dict[str, Any] | None:
    """What this node's Patroni answers, with its text under `said` where that is no JSON; None where it does not."""
    request = ["aqstream-patroni-request", method, path, *([] if body is None else [json.dumps(body)])]
    command = ["timeout", str(seconds), *request]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    if ended.returncode:
        return None
    status, _, text = ended.stdout.partition("\n")
    try:
        found = json.loads(text)
    except ValueError:
        found = text
    if not status.startswith("2"):
        say(f"{method} {path}: {status} {text.strip()}")
    return found if isinstance(found, dict) else {"said": found}


def say(text: str) -> None:
    """To the container's log."""
    sys.stderr.write(f"aqstream-patroni-room: {text}\n")


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
