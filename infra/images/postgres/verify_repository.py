#!/usr/bin/python3
"""Read every object of the repository, decrypt it and compare its checksum.

Started every hour by the scheduler in the container; a status file says when it last passed, and so what is due. A
restore reads only what it needs: a byte that flipped in an older backup is found here.
"""

import re
import sys

from scheduled import CheckFailed, arguments_of, carry_out, look, run

WELL = "status: ok"
DAMAGED = re.compile(r"(?:INFO|WARN): (?P<what>[a-z ]+) '(?P<object>[^' \n]*/[^' \n]*)'")
SUMMARY = re.compile(r"^ +(?:backup|archiveId): .*$", re.MULTILINE)
NAMED = 5
"""Damaged objects that a message names; the others are counted."""


def damage(said: str) -> list[str]:
    """What pgBackRest found wrong: `invalid checksum OBJECT` for each object, or its summary where it names none."""
    objects = [f"{found['what']} {found['object']}" for found in DAMAGED.finditer(said)]
    return list(dict.fromkeys(objects or [line.strip() for line in SUMMARY.findall(said)] or [said[-200:]]))


def verify(stanza: str) -> None:
    """Raises CheckFailed. What expired while it was read is not there a second time."""
    command = ["pgbackrest", f"--stanza={stanza}", "--process-max=1", "--log-level-console=info", "verify"]
    if any(WELL in (said := run([*command, "--output=text", "--verbose"])) for _ in range(2)):
        sys.stdout.write(f"{said}\n")
        return
    found = damage(said)
    more = f" and {len(found) - NAMED} more" if len(found) > NAMED else ""
    raise CheckFailed("the repository is damaged: " + "; ".join(found[:NAMED]) + more)


def main(arguments: list[str]) -> int:
    """One look. The exit code is that of the scheduled job."""
    options = arguments_of(__doc__).parse_args(arguments)
    return look(options, lambda now, status: carry_out(now, status, lambda: verify(options.stanza)))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
