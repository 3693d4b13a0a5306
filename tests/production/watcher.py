"""Which nodes take writes, asked of each of them again and again from inside its container."""

import threading
import time
from dataclasses import dataclass, field
from types import TracebackType

from docker.errors import DockerException

from tests.production.cluster import SUPERUSER, Replicated

_IS_WRITABLE = [*SUPERUSER, "-d", "postgres", "-c", "SELECT pg_current_xact_id() IS NOT NULL"]
_PAUSE_SECONDS = 0.2


@dataclass
class Watcher:
    """Within its context it asks. `seen`: node -> when each answer came and whether the node took a write."""

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
            try:
                code, _ = self.instance.container(name).exec_run(_IS_WRITABLE)
            except DockerException:
                code = 1
            self.seen[name].append((time.monotonic(), code == 0))
            time.sleep(_PAUSE_SECONDS)


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
