"""A client that writes without pause through the pooler and remembers every commit it was told of."""

import threading
import time
from dataclasses import dataclass, field
from itertools import pairwise
from types import TracebackType

import psycopg

from tests.production.cluster import Replicated

TABLE = "fault_test.committed"
_PAUSE_SECONDS = 0.01


@dataclass
class Writer:
    """Within its context it writes; `acknowledged`: number -> when its commit was answered, on the monotonic clock."""

    instance: Replicated
    acknowledged: dict[int, float] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)

    def __enter__(self) -> "Writer":
        service = self.instance.service
        self.instance.superuser(
            "aqstream",
            "DROP SCHEMA IF EXISTS fault_test CASCADE; CREATE SCHEMA fault_test;"
            f"CREATE TABLE {TABLE} (number bigint PRIMARY KEY, padding text);"
            f"GRANT USAGE ON SCHEMA fault_test TO {service}_app; GRANT SELECT, INSERT ON {TABLE} TO {service}_app",
        )
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._write, daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join(60)

    def lost(self) -> list[int]:
        """Acknowledged numbers that are not in the table; then the table goes."""
        kept = {int(line) for line in self.instance.superuser("aqstream", f"SELECT number FROM {TABLE}").split()}
        self.instance.superuser("aqstream", "DROP SCHEMA fault_test CASCADE")
        return sorted(set(self.acknowledged) - kept)

    def longest_pause(self) -> float:
        """Seconds between two answers that followed each other, at most."""
        times = sorted(self.acknowledged.values())
        return max((after - before for before, after in pairwise(times)), default=0.0)

    def await_writes(self, count: int = 50, seconds: float = 60) -> None:
        """Return when this many more commits were answered."""
        wanted = len(self.acknowledged) + count
        deadline = time.monotonic() + seconds
        while len(self.acknowledged) < wanted:
            assert time.monotonic() < deadline, f"no writes: {self.errors[-3:]}"
            time.sleep(0.05)

    def _write(self) -> None:
        number = 0
        while not self._stop.is_set():
            try:
                with self._connected() as connection:
                    while not self._stop.is_set():
                        number += 1
                        connection.execute(f"INSERT INTO {TABLE} VALUES (%s, repeat('x', 200))", [number])
                        self.acknowledged[number] = time.monotonic()
                        time.sleep(_PAUSE_SECONDS)
            except psycopg.Error as error:
                self.errors.append(str(error).strip())
                time.sleep(0.1)

    def _connected(self) -> "psycopg.Connection[tuple[object, ...]]":
        outputs, login = self.instance.outputs, f"{self.instance.service}_app"
        pooled = outputs["endpoints"][self.instance.name]["pooled"]
        return psycopg.connect(
            host=pooled["host"],
            port=pooled["port"],
            dbname="aqstream",
            user=login,
            password=outputs["credentials"][self.instance.service]["postgres"][login],
            sslmode="require",
            connect_timeout=5,
            autocommit=True,
        )
