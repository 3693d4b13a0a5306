"""pgBackRest as it is called inside an instance's container."""

import json
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from infra.backup.container import Ended, OnLine, execute, execute_until_interrupted
from infra.model.errors import ResourceError

STANZA_EXISTS_OTHERWISE = 28
"""Exit code when the repository's stanza belongs to another cluster: `stanza-upgrade` admits this one."""
AFTER_A_PAUSE = "--archive-timeout=150"
"""PostgreSQL pauses for a minute after archiving was refused three times, as it was until there was a stanza for it."""
LOCKED = 50
"""Exit code when another pgBackRest works on the same stanza."""
UNREADABLE = 99
"""Status of a stanza whose index could not be opened: `info` then succeeds, and lists no backup."""
_POLL_SECONDS = 0.5
_NOT_LATER = "is not later than latest backup label"
_CHECKPOINT = ["psql", "-Xq", "--dbname=postgres", "--command=CHECKPOINT"]
_ERROR = re.compile(r"(?:P\d+ +)?(ERROR: .*)")
"""On the console behind the process that met it; hints follow on lines of their own."""


@dataclass(frozen=True)
class PgBackRest:
    """The program in one container, for the stanza that the container's server archives to.

    `remedy` is what failures advise where the repository is not the one in the object store.
    """

    container: str
    stanza: str
    remedy: str = ""

    def attempt(self, command: str, *options: str, on_line: OnLine | None = None) -> Ended:
        """Run a command of pgBackRest, however it ends; an interrupt ends it."""
        program = ["pgbackrest", f"--stanza={self.stanza}", command, *options]
        return execute_until_interrupted(self.container, program, on_line)

    def attempt_in_turn(self, command: str, *options: str, seconds: float, on_line: OnLine | None = None) -> Ended:
        """The same, again and again while another one works on the stanza, for so long at most."""
        deadline = time.monotonic() + seconds
        while (ended := self.attempt(command, *options, on_line=on_line)).code == LOCKED:
            if time.monotonic() >= deadline:
                break
            time.sleep(_POLL_SECONDS)
        return ended

    def run_in_turn(self, command: str, *options: str, seconds: float, on_line: OnLine | None = None) -> str:
        """The same as `run`, when nobody else works on the stanza. Raises ResourceError."""
        ended = self.attempt_in_turn(command, *options, seconds=seconds, on_line=on_line)
        if ended.code:
            raise failure(self.stanza, command, ended, self.remedy)
        return ended.output

    def run(self, command: str, *options: str, on_line: OnLine | None = None) -> str:
        """Its stdout. Raises ResourceError with its reason when it fails."""
        ended = self.attempt(command, *options, on_line=on_line)
        if ended.code:
            raise failure(self.stanza, command, ended, self.remedy)
        return ended.output

    def back_up(self, kind: str, *options: str, seconds: float = 0, on_line: OnLine | None = None) -> str:
        """Make a backup, within `seconds` once nobody else works on the stanza: its stdout. Raises ResourceError.

        Until the first checkpoint after a promotion the control file names the former timeline, and pgBackRest refuses.
        Of a full that was ended the object store goes on to list the folder, whose objects are kept as deleted
        versions, so no other kind can have a later label than its own; a full can, and is made.
        """
        if (ended := execute(self.container, _CHECKPOINT)).code:
            raise ResourceError(f"{self.stanza}: no checkpoint can be made: {ended.reason}", "aqdata status")
        try:
            return self.run_in_turn("backup", f"--type={kind}", *options, seconds=seconds, on_line=on_line)
        except ResourceError as error:
            if kind == "full" or _NOT_LATER not in error.message:
                raise
        return self.run_in_turn("backup", "--type=full", *options, seconds=seconds, on_line=on_line)

    def info(self) -> dict[str, Any]:
        """The stanza as `info` describes it. Raises ResourceError, also where nothing in it could be read."""
        stanzas = self._json("info", "--output=json")
        found: dict[str, Any] = next((each for each in stanzas if each["name"] == self.stanza), {})
        if found.get("status", {}).get("code") == UNREADABLE:
            raise _unreadable(self.stanza, found, self.remedy)
        return found

    def archive(self) -> dict[str, dict[str, Any]]:
        """Path below the stanza's archive -> type, size, time. Raises ResourceError."""
        found: dict[str, dict[str, Any]] = self._json("repo-ls", "--recurse", "--output=json", f"archive/{self.stanza}")
        return found

    def _json(self, command: str, *options: str) -> Any:
        """What a command prints. Under a wrong key that quotes what it took for text, control characters included."""
        text = self.run(command, *options)
        try:
            return json.loads(text, strict=False)
        except json.JSONDecodeError as error:
            raise ResourceError(
                f"{self.stanza}: pgbackrest {command} printed no JSON: {text[:80]!r}", self.remedy or "aqdata doctor"
            ) from error

    def archived_text(self, path: str) -> str:
        """A text file below the stanza's archive, such as a timeline's history. Raises ResourceError."""
        return self.run("repo-get", f"archive/{self.stanza}/{path}")


def failure(stanza: str, command: str, ended: Ended, remedy: str = "") -> ResourceError:
    """What a failed command is reported as: pgBackRest's own reason, and its own hint where that says what to do.

    `remedy` is advised instead.
    """
    lines = [line.strip() for line in f"{ended.errors}\n{ended.output}".splitlines() if line.strip()]
    errors = [found[1] for line in lines if (found := _ERROR.match(line))] or lines[-1:] or [f"exit code {ended.code}"]
    return ResourceError(f"{stanza}: pgbackrest {command}: {errors[-1]}", remedy or _next_step(stanza, ended, lines))


def _next_step(stanza: str, ended: Ended, lines: Sequence[str]) -> str:
    if ended.code == STANZA_EXISTS_OTHERWISE:
        upgrade = f"pgbackrest --stanza={stanza} stanza-upgrade"
        return f"the repository is of another cluster; to go on with this one, `{upgrade}` in its container"
    hints = (line.removeprefix("HINT: ") for line in lines if line.startswith("HINT"))
    return next(hints, f"aqdata backup check --instance {stanza}")


def _unreadable(stanza: str, found: dict[str, Any], remedy: str) -> ResourceError:
    """Only the first line: what follows may be what a wrong key made of the file."""
    said = [str(each["status"]["message"]) for each in found.get("repo", ())] or [str(found["status"]["message"])]
    first = f"{said[0]}\n".splitlines()[0].rstrip(":")
    return ResourceError(
        f"{stanza}: the repository cannot be read: {first}",
        remedy
        or "the key is not the repository's, or the store does not answer: `aqdata up` writes the key that is declared",
    )
