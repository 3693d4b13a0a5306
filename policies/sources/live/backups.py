"""Each instance's repository and scheduler, read with the programs in its container."""

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import docker
from docker.errors import APIError, DockerException, NotFound

from infra.model.backups import STATUS_FILE
from infra.model.command_output import STDERR, STDOUT, exit_code, frames
from infra.model.errors import CannotCheck
from infra.model.intent import Intent
from infra.model.recovery.evidence import read_chain
from infra.model.recovery.repository import repository_of
from infra.model.recovery.timelines import history_paths
from infra.model.recovery.window import measure
from infra.model.stack import Stack
from policies.facts.backups import InstanceBackups, Schedule
from policies.facts.facts import Unread
from policies.sources.live.backup_schedule import beside_the_server, stored_bytes
from policies.sources.live.drills import drills_of
from policies.sources.live.engines import engine_of
from policies.sources.live.regular_checks import regular_checks

_STATUS = ["cat", STATUS_FILE]
_IS_PRIMARY = ["aqstream-on-primary", "echo", "primary"]
# The access key is a login's name; its secret and the cipher's key stay in the file.
_OPTIONS = ["sed", "-E", "/(pass|secret)=/d; /^[[]/d", "/etc/aqstream/pgbackrest.conf"]

_SILENCE_SECONDS = 10
"""After which a store is taken for down: pgBackRest's own 60 would be most of a verification's time."""


def read_backups(intent: Intent, evidence: Path) -> tuple[dict[str, InstanceBackups], tuple[Unread, ...]]:
    """Facts by instance, and what could not be read."""
    names = list(intent.stack.instances)
    with ThreadPoolExecutor(len(names)) as pool:
        read = list(pool.map(lambda name: _attempt(intent, name, evidence), names))
    found = {each.instance: each for each in read if isinstance(each, InstanceBackups)}
    return found, tuple(each for each in read if isinstance(each, Unread))


def _attempt(intent: Intent, instance: str, evidence: Path) -> InstanceBackups | Unread:
    try:
        return _read(intent, instance, evidence)
    except CannotCheck as error:
        return Unread("backups", instance, error.message)


def _read(intent: Intent, instance: str, evidence: Path) -> InstanceBackups:
    run = Commands(_primary(intent, instance), intent.stack)
    program = ["pgbackrest", f"--stanza={instance}", f"--io-timeout={_SILENCE_SECONDS}"]
    list_all = [*program, "repo-ls", "--recurse", "--output=json"]
    with ThreadPoolExecutor(3) as pool:
        info = pool.submit(run, [*program, "info", "--output=json"])
        archive = pool.submit(run, [*list_all, f"archive/{instance}"])
        backups = pool.submit(run, [*list_all, f"backup/{instance}"])
        listing, stored = _json(archive.result()), _json(backups.result())
        histories = {path: run([*program, "repo-get", f"archive/{instance}/{path}"]) for path in history_paths(listing)}
        repository = repository_of(instance, _stanza(info.result(), instance), listing, histories)
    checks = regular_checks(Commands(node, intent.stack) for node in _nodes(intent, instance))
    return InstanceBackups(
        instance=instance,
        read_at=int(time.time()),
        repository=repository,
        window=measure(repository, intent.stack.backups.archived_fulls),
        options=dict(_options(run(_OPTIONS))),
        schedule=_schedule(run(_STATUS, missing="")),
        restore_check=checks.restore,
        repository_check=checks.repository,
        drills=drills_of(read_chain(evidence / intent.stack.name), instance, repository.cluster),
        stored=stored_bytes(stored),
        **beside_the_server(run),
    )


def _primary(intent: Intent, instance: str) -> str:
    """The container that archives and backs up: of several servers the one that takes writes."""
    nodes = _nodes(intent, instance)
    writable = (node for node in nodes if Commands(node, intent.stack)(_IS_PRIMARY, missing="").strip())
    found = nodes[0] if len(nodes) == 1 else next(writable, None)
    if found is None:
        raise CannotCheck(f"none of {', '.join(nodes)} is the primary", "aqdata status")
    return found


def _nodes(intent: Intent, instance: str) -> list[str]:
    return [intent.stack.physical(node) for node in intent.stack.instances[instance].nodes(instance)]


class Commands:
    """Runs commands in one container; calling it gives their stdout. Raises CannotCheck."""

    def __init__(self, container: str, stack: Stack | None = None) -> None:
        self._container, self._stack = container, stack

    def __call__(self, command: list[str], missing: str | None = None) -> str:
        try:
            with engine_of(self._stack, self._container) as client:
                return self._run(client, command, missing)
        except NotFound as error:
            raise CannotCheck(f"there is no container {self._container}", "aqdata up") from error
        except DockerException as error:
            reason = error.explanation if isinstance(error, APIError) else error
            raise CannotCheck(f"container {self._container}: {reason}", "aqdata doctor") from error

    def _run(self, client: docker.APIClient, command: list[str], missing: str | None) -> str:
        identifier = client.exec_create(self._container, command)["Id"]
        written = {STDOUT: b"", STDERR: b""}
        for kind, piece in frames(client, identifier):
            written[kind] += piece
        if exit_code(client, identifier) == 0:
            return written[STDOUT].decode(errors="replace")
        if missing is not None:
            return missing
        said = (written[STDERR] or written[STDOUT] or b"no reason given").decode(errors="replace").strip().splitlines()
        raise CannotCheck(f"{self._container}: {command[0]}: {said[-1]}", "aqdata backup check")


def _stanza(text: str, name: str) -> dict[str, Any]:
    found: dict[str, Any] = next((each for each in _json(text) if each["name"] == name), {})
    return found


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise CannotCheck(f"pgbackrest printed no JSON: {text[:80]!r}", "aqdata backup check") from error


def _options(text: str) -> Iterator[tuple[str, str]]:
    for line in text.splitlines():
        name, separator, value = line.partition("=")
        if separator:
            yield name, value


def _schedule(text: str) -> Schedule | None:
    if not text:
        return None
    status = _json(text)
    return Schedule(
        checked=float(status["checked"]),
        missed=int(status.get("missed", 0)),
        failures=int(status.get("failures", 0)),
        message=status.get("error") or status.get("lastRun", {}).get("message", ""),
        running_since=status.get("running", {}).get("started"),
    )
