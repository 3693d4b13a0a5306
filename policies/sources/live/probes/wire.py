"""Many statements in one round trip, each part on its own: what fails costs the others nothing.

psycopg's cursors stop at the first error and take longer for a statement than the server does. This speaks libpq's
pipeline mode through psycopg's own binding.
"""

import os
import select
import socket
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg
from psycopg.pq import ConnStatus, DiagnosticField, ExecStatus
from psycopg.pq.abc import PGresult

from policies.sources.live.query import Connection

_LONGEST_SILENCE = 120.0
"""Seconds without a byte: more than the timeouts of all the statements that are sent together."""

_CORK = getattr(socket, "TCP_CORK", None)
"""Linux has it."""
Steps = Sequence[str]


@dataclass(frozen=True, slots=True)
class Reply:
    """What came of one statement: rows reached and the first value, or the error."""

    rows: int = 0
    value: str = ""
    sqlstate: str | None = None
    error: str = ""


class Wire:
    """One connection in autocommit mode."""

    def __init__(self, connection: Connection) -> None:
        self._pg = connection.pgconn
        self._poll = select.poll()
        self._poll.register(connection.fileno(), select.POLLIN)

    def replies(self, parts: Iterable[Steps]) -> list[list[Reply]]:
        """For each part its statements' replies, up to and with the first error, which ends the part.

        Raises psycopg.OperationalError where the server does not answer.
        """
        sent = list(parts)
        self._pg.enter_pipeline_mode()
        with self._corked():
            for steps in sent:
                for step in steps:
                    self._pg.send_query_params(step.encode(), None)
                self._pg.pipeline_sync()
        found = [list(self._part(steps)) for steps in sent]
        self._pg.exit_pipeline_mode()
        return found

    @contextmanager
    def _corked(self) -> Iterator[None]:
        """What is written goes out in large packets: libpq writes at each synchronisation point."""
        self._cork(1)
        yield
        self._cork(0)

    def _cork(self, state: int) -> None:
        if _CORK is not None:
            with socket.socket(fileno=os.dup(self._pg.socket)) as connection:
                connection.setsockopt(socket.IPPROTO_TCP, _CORK, state)

    def last(self, parts: Iterable[Steps]) -> list[Reply]:
        """For each part its last reply: the error where there was one."""
        return [replies[-1] for replies in self.replies(parts)]

    def require(self, *steps: str) -> None:
        """Run statements that have to succeed. Raises psycopg.DatabaseError where one does not."""
        (reply,) = self.last([steps])
        if reply.error:
            raise psycopg.DatabaseError(reply.error)

    def copied_out(self, before: str, copies: Sequence[str]) -> Iterator[list[str] | Reply]:
        """Of each COPY TO STDOUT its lines, or its error; as many in one round trip as succeed.

        Raises psycopg.OperationalError where the server does not answer.
        """
        rest = list(copies)
        while rest:
            told = list(self._copied_out("; ".join(f"{before}; {copy}" for copy in rest)))
            if not told:
                raise psycopg.OperationalError(self._pg.get_error_message().strip() or "the connection was lost")
            yield from told
            rest = rest[len(told) :]

    def _copied_out(self, statements: str) -> Iterator[list[str] | Reply]:
        """Up to and with the first error, after which the server skips the rest."""
        self._pg.send_query(statements.encode())
        lines: list[str] | None = None
        while (result := self._result()) is not None:
            if result.status == ExecStatus.COPY_OUT:
                lines = list(self._lines())
            elif (reply := _reply(result)).error:
                yield reply
            elif lines is not None:
                yield lines
                lines = None

    def copied_in(self, before: str, copy: str, line: str) -> Reply:
        """What comes of sending one line to a COPY FROM STDIN."""
        self._pg.send_query(f"{before}; {copy}".encode())
        last = Reply()
        while (result := self._result()) is not None:
            if result.status == ExecStatus.COPY_IN:
                self._pg.put_copy_data(f"{line}\n".encode())
                self._pg.put_copy_end()
            else:
                last = _reply(result)
        return last

    def _part(self, steps: Steps) -> Iterator[Reply]:
        for _ in steps:
            result = self._expected()
            self._result()  # the None that ends each statement
            if result.status != ExecStatus.PIPELINE_ABORTED:
                yield _reply(result)
        self._expected()  # the synchronisation point

    def _lines(self) -> Iterator[str]:
        while True:
            size, data = self._pg.get_copy_data(1)
            if size < 0:
                return
            if size:
                yield bytes(data).decode().rstrip("\n")
            else:
                self._wait()

    def _expected(self) -> PGresult:
        result = self._result()
        if result is None or self._pg.status == ConnStatus.BAD:
            raise psycopg.OperationalError(self._pg.get_error_message().strip() or "the connection was lost")
        return result

    def _result(self) -> PGresult | None:
        while self._pg.is_busy():
            self._wait()
        return self._pg.get_result()

    def _wait(self) -> None:
        if not self._poll.poll(_LONGEST_SILENCE * 1000):
            raise psycopg.OperationalError(f"no answer for {_LONGEST_SILENCE:.0f} s")
        self._pg.consume_input()


def _reply(result: PGresult) -> Reply:
    if result.status == ExecStatus.TUPLES_OK:
        value = result.get_value(0, 0) if result.ntuples and result.nfields else None
        return Reply(result.ntuples, (value or b"").decode())
    if result.status in (ExecStatus.COMMAND_OK, ExecStatus.EMPTY_QUERY):
        return Reply(result.command_tuples or 0)
    sqlstate = result.error_field(DiagnosticField.SQLSTATE)
    message = result.error_field(DiagnosticField.MESSAGE_PRIMARY) or b"no reason given"
    return Reply(sqlstate=sqlstate.decode() if sqlstate else None, error=message.decode(errors="replace"))
