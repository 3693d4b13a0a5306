"""Which nodes take writes, asked of each of them again and again from inside its container."""

import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType

from docker.errors import DockerException

from tests.production.cluster import SUPERUSER, Replicated

_PAUSE_SECONDS = 0.2
_WANTED = "/tmp/aqstream-watched"  # noqa: S108 the container's own
_ASK = (
    "SELECT extract(epoch FROM clock_timestamp()), CASE WHEN NOT pg_is_in_recovery() THEN pg_current_xact_id() END "
    r"\watch i=0.2 c=10"
)
_WATCH = f"""
touch {_WANTED}
while [ -e {_WANTED} ]; do
    echo '{_ASK}' | {" ".join(SUPERUSER)} -d postgres || date +'%s.%N|'
    sleep {_PAUSE_SECONDS}
done
"""
"""One session of psql asks many times: a process for each question would be a load on what is measured."""


@dataclass
class Watcher:
    """Within its context it asks. `seen`: node -> when each answer was given and whether the node took a write."""

    instance: Replicated
    seen: dict[str, list[tuple[float, bool]]] = field(default_factory=dict)

    def __enter__(self) -> "Watcher":
        self._stop = threading.Event()
        self.seen = {name: [] for name in self.instance.node_names}
        self._threads = [threading.Thread(target=self._watch, args=(name,), daemon=True) for name in self.seen]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        for name in self.seen:
            with suppress(DockerException):
                self.instance.container(name).exec_run(["rm", "-f", _WANTED])
        for thread in self._threads:
            thread.join(30)

    def both_writable(self) -> list[tuple[str, str]]:
        """Pairs of nodes of which one took a write between two writes that the other took."""
        spans = [(name, *span) for name, answers in self.seen.items() for span in _spans(answers)]
        return [
            (one[0], other[0])
            for position, one in enumerate(spans)
            for other in spans[position + 1 :]
            if one[0] != other[0] and one[1] <= other[2] and other[1] <= one[2]
        ]

    def _watch(self, name: str) -> None:
        while not self._stop.is_set():
            with suppress(DockerException, OSError):
                for line in self._lines(name):
                    moment, _, number = line.partition("|")
                    self.seen[name].append((float(moment), bool(number)))
            self.seen[name].append((time.time(), False))
            time.sleep(_PAUSE_SECONDS)

    def _lines(self, name: str) -> Iterator[str]:
        """`seconds since 1970|number of the transaction`, the number where it took one; until the container ends."""
        rest, watched = "", self.instance.container(name)
        chunks = watched.exec_run(["sh", "-c", _WATCH], stream=True, stderr=False).output
        assert not isinstance(chunks, bytes)
        for chunk in chunks:
            *lines, rest = (rest + chunk.decode()).split("\n")
            yield from (line for line in lines if line)


def _spans(answers: list[tuple[float, bool]]) -> list[tuple[float, float]]:
    """The times from the first to the last of the answers that were all yes."""
    spans: list[tuple[float, float]] = []
    previous = False
    for moment, is_writable in answers:
        if is_writable and previous:
            spans[-1] = (spans[-1][0], moment)
        elif is_writable:
            spans.append((moment, moment))
        previous = is_writable
    return spans
