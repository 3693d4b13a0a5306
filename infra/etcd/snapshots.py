"""The consensus store's snapshots in the backup bucket: made, listed and restored by its own nodes."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress

from infra.backup.container import execute
from infra.host.docker_api import engine
from infra.host.interruption import undisturbed
from infra.model.errors import ResourceError

OnProgress = Callable[[str], None]
_PROGRAM = "aqstream-etcd-snapshot"
_HINT = "docker ps --filter name=etcd; docker logs says what etcd waits for"
_AGREE_SECONDS = 90.0
_POLL_SECONDS = 0.5


def make(containers: Sequence[str]) -> str:
    """Make one now; its name. Raises ResourceError where no node can."""
    return _first(containers, "make")


def listed(containers: Sequence[str]) -> list[str]:
    """The names of those there are, the oldest first. Raises ResourceError."""
    return _first(containers, "list").split()


def restore(containers: Sequence[str], name: str, on_progress: OnProgress) -> None:
    """Put every node back to the snapshot. Raises ResourceError; before all of them have it nothing is changed.

    Until what it says of the clusters' course is forgotten, nobody else gets in: a database's node that led when it was
    made would lead again, whatever has been committed elsewhere since.
    """
    with _forgotten_on_failure(containers):
        for container in containers:
            on_progress(f"{container}: fetch {name}")
            _run(container, "fetch", name)
    with undisturbed():
        with _forgotten_on_failure(containers):
            for container in containers:
                _run(container, "adopt")
        _start_anew(containers, name, on_progress)
        _await_agreement(containers, name)
        on_progress("forget who led then")
        _run(containers[0], "forget-course")
        for container in containers:
            _let_others_in(container, name, on_progress)


@contextmanager
def _forgotten_on_failure(containers: Sequence[str]) -> Iterator[None]:
    """A node that keeps the snapshot would go back to it alone, at whatever start comes next."""
    try:
        yield
    except (ResourceError, KeyboardInterrupt):
        with undisturbed():
            for container in containers:
                with suppress(ResourceError):
                    _run(container, "forget")
        raise


def _start_anew(containers: Sequence[str], name: str, on_progress: OnProgress) -> None:
    """None starts before all have stopped: a quorum of the present would go on without the others."""
    try:
        for container in containers:
            on_progress(f"{container}: stop")
            with engine(f"container {container}", on=container) as client:
                client.containers.get(container).stop()
        for container in containers:
            on_progress(f"{container}: start with {name}")
            with engine(f"container {container}", on=container) as client:
                client.containers.get(container).start()
    except ResourceError as error:
        hint = f"every node goes back to {name} when it starts next: docker restart {' '.join(containers)}"
        raise ResourceError(error.message, hint) from error


def _let_others_in(container: str, name: str, on_progress: OnProgress) -> None:
    on_progress(f"{container}: let others in")
    _run(container, "open")
    with engine(f"container {container}", on=container) as client:
        client.containers.get(container).restart()
    _await_agreement([container], name)


def _await_agreement(containers: Sequence[str], name: str) -> None:
    deadline = time.monotonic() + _AGREE_SECONDS
    while any(execute(container, ["aqstream-etcdctl", "endpoint", "health"]).code for container in containers):
        if time.monotonic() > deadline:
            again = f"docker logs says what etcd waits for; then again: aqdata etcd restore --to {name}"
            raise ResourceError(f"etcd ({', '.join(containers)}) does not agree after its restore", again)
        time.sleep(_POLL_SECONDS)


def _first(containers: Sequence[str], *command: str) -> str:
    """What the first node that can do it prints."""
    refusals: list[str] = []
    for container in containers:
        try:
            return _run(container, *command)
        except ResourceError as error:
            refusals.append(error.message)
    raise ResourceError("; ".join(refusals), _HINT)


def _run(container: str, *command: str) -> str:
    ended = execute(container, [_PROGRAM, *command])
    if ended.code:
        raise ResourceError(f"{container}: snapshot {' '.join(command)}: {ended.reason}", _HINT)
    return ended.output.strip()
