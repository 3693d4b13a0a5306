"""One probing transaction: canaries go in, every statement is tried and undone, and all of it is rolled back."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import psycopg
from psycopg import sql

from policies.facts.probes import (
    MALFORMED_TEXT,
    NOT_SUPPORTED,
    PRIVILEGE_OR_POLICY,
    Attempt,
    Command,
    Context,
    Outcome,
)
from policies.sources.live.probes.statements import (
    READ_REACHED,
    RESET_REACHED,
    TENANT_SETTING,
    Statement,
    Target,
    Tenants,
)
from policies.sources.live.query import Connection

_COPIED = 100
_LIMITS = "SET LOCAL lock_timeout = '1s'; SET LOCAL statement_timeout = '5s'; SET LOCAL synchronous_commit = off"
_REFUSALS = (PRIVILEGE_OR_POLICY, NOT_SUPPORTED, MALFORMED_TEXT)


@contextmanager
def rolled_back(connection: Connection, *, writes: bool = True) -> Iterator[None]:
    """A transaction with short limits that never commits."""
    connection.execute(f"BEGIN {'READ WRITE' if writes else 'READ ONLY'}; {_LIMITS}".encode())
    try:
        yield
    finally:
        connection.execute("ROLLBACK")


@dataclass(frozen=True)
class Session:
    """A login inside `rolled_back`; `role` is whom it acts as, `become` the SET ROLE that makes it so."""

    connection: Connection
    instance: str
    role: str
    tenants: Tenants
    granted: frozenset[tuple[str, Command]]
    become: str | None = None

    def seed(self, target: Target, context: Context) -> Attempt:
        """Insert the context's canary and keep it for the rest of the transaction."""
        tenant = self.tenants.inside(context) or ""
        return self.attempt(target, context, Statement("insert", "own", target.insertion(tenant)), keep=True)

    def attempts(self, target: Target, context: Context) -> Iterator[Attempt]:
        """Every command on one table in one context, each undone."""
        reached_foreign = False
        for statement in target.statements(context, self.tenants):
            attempt = self.attempt(target, context, statement)
            reached_foreign |= statement.reaches and attempt.reached
            yield attempt
        if self.tenants.inside(context) is not None and not reached_foreign:
            yield self.attempt(target, context, target.takeover(self.tenants.outside(context)))
        yield from self._copies(target, context)

    def reads(self, target: Target, context: Context) -> Iterator[Attempt]:
        """The commands that write nothing."""
        for statement in target.statements(context, self.tenants):
            if statement.command == "select" and statement.aim == "foreign":
                yield self.attempt(target, context, statement)

    def attempt(self, target: Target, context: Context, statement: Statement, *, keep: bool = False) -> Attempt:
        """One statement in one round trip."""
        text = statement.query.as_string(self.connection)
        parts = [self._entry(context), text]
        if statement.reaches:
            parts = [self._entry(context), RESET_REACHED, text, READ_REACHED]
        blank = self._attempt(target, context, statement, text)
        try:
            with self.connection.cursor() as cursor:
                cursor.execute("; ".join(("SAVEPOINT probe", *parts)).encode())
                observed = replace(blank, rows=self._counted(cursor, context, statement))
        except psycopg.Error as error:
            observed = _failed(blank, error)
        self._leave(keep=keep and observed.outcome == "rows")
        return observed

    def _counted(self, cursor: psycopg.Cursor[tuple[int]], context: Context, statement: Statement) -> int:
        while cursor.nextset():
            pass
        if not statement.reaches:
            return cursor.rowcount
        ((reached,),) = cursor.fetchall()
        return max(0, reached - (self.tenants.inside(context) is not None))

    def _entry(self, context: Context) -> str:
        role = [f"SET LOCAL ROLE {sql.Identifier(self.become).as_string()}"] if self.become else []
        return "; ".join([*role, *self._tenant(context)]) or "SELECT"

    def _tenant(self, context: Context) -> list[str]:
        value = self.tenants.setting(context)
        if value is None:
            return []
        call = sql.SQL("SELECT set_config({}, {}, true)").format(TENANT_SETTING, value)
        return [call.as_string()]

    def _leave(self, *, keep: bool) -> None:
        if keep:
            self.connection.execute("RESET ROLE; RELEASE probe" if self.become else "RELEASE probe")
        else:
            self.connection.execute("ROLLBACK TO probe; RELEASE probe")

    def _attempt(self, target: Target, context: Context, statement: Statement, text: str) -> Attempt:
        return Attempt(
            instance=self.instance,
            role=self.role,
            table=target.name,
            command=statement.command,
            context=context,
            aim=statement.aim,
            outcome="rows",
            statement=text,
            is_granted=(target.name, statement.command) in self.granted,
        )

    def _copies(self, target: Target, context: Context) -> Iterator[Attempt]:
        inside = self.tenants.inside(context)
        seen = self._copy_out(target, context)
        foreign = Statement("copy", "foreign", target.copy_out())
        own = Statement("copy", "own", target.copy_out())
        for statement, counted in ((foreign, lambda line: line != inside), (own, lambda line: line == inside)):
            blank = self._attempt(target, context, statement, statement.query.as_string(self.connection))
            blank = replace(blank, is_granted=(target.name, "select") in self.granted)
            if statement is own and inside is None:
                continue
            yield (
                _failed(blank, seen)
                if isinstance(seen, psycopg.Error)
                else replace(blank, rows=sum(map(counted, seen)))
            )
        yield self._copy_in(target, context)

    def _copy_out(self, target: Target, context: Context) -> list[str] | psycopg.Error:
        lines: list[str] = []
        self.connection.execute(f"SAVEPOINT probe; {self._entry(context)}".encode())
        try:
            with self.connection.cursor() as cursor, cursor.copy(target.copy_out()) as copy:
                for (line,) in copy.rows():
                    lines.append(str(line))
        except psycopg.Error as error:
            self._leave(keep=False)
            return error
        self._leave(keep=False)
        return lines[:_COPIED]

    def _copy_in(self, target: Target, context: Context) -> Attempt:
        statement = Statement("copy", "foreign", target.copy_in())
        blank = self._attempt(target, context, statement, statement.query.as_string(self.connection))
        blank = replace(blank, is_granted=False)
        self.connection.execute(f"SAVEPOINT probe; {self._entry(context)}".encode())
        try:
            with self.connection.cursor() as cursor, cursor.copy(target.copy_in()) as copy:
                copy.write_row((self.tenants.outside(context),))
            observed = replace(blank, rows=1)
        except psycopg.Error as error:
            observed = _failed(blank, error)
        self._leave(keep=False)
        return observed


def _failed(attempt: Attempt, error: psycopg.Error) -> Attempt:
    outcome: Outcome = "refused" if error.sqlstate in _REFUSALS else "error"
    message = error.diag.message_primary or str(error)
    return replace(attempt, outcome=outcome, rows=0, sqlstate=error.sqlstate, message=message)
