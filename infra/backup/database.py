"""One database of a server in a container."""

from dataclasses import dataclass
from secrets import token_hex

from infra.backup.restore.recovery import query
from infra.host.interruption import ended_by_interrupt

_CANCEL = "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE application_name = '{session}'"


@dataclass(frozen=True)
class Database:
    """By its container and its own name."""

    container: str
    name: str

    def query(self, statement: str) -> list[str]:
        """The lines that psql prints, as the superuser; an interrupt cancels the statement. Raises ResourceError."""
        session = f"aqdata-{token_hex(6)}"
        with ended_by_interrupt(lambda: self._cancel(session)):
            printed = query(self.container, f"dbname={self.name} application_name={session}", statement)
        return [line for line in printed.splitlines() if line]

    def _cancel(self, session: str) -> None:
        # Not by a signal to psql, as other commands are ended: a long statement is not found by its command line.
        query(self.container, "postgres", _CANCEL.format(session=session), patient=True)
