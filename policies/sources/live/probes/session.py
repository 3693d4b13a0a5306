"""One probing transaction: canaries go in, every statement is tried and undone, and all of it is rolled back."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from psycopg import sql

from policies.facts.probes import (
    BAD_TOKEN,
    MALFORMED_TEXT,
    NOT_SUPPORTED,
    PRIMARY,
    PRIVILEGE_OR_POLICY,
    Aim,
    Attempt,
    Command,
    Context,
    Outcome,
    Way,
)
from policies.sources.live.probes.statements import RESET_REACHED, Statement, Target, Tenants
from policies.sources.live.probes.wire import Reply, Wire
from policies.sources.live.query import Connection

UNDO = "ROLLBACK TO probe"
_LIMITS = (
    "SET LOCAL lock_timeout = '1s'",
    "SET LOCAL statement_timeout = '5s'",
    "SET LOCAL synchronous_commit = off",
)
_AIMS: tuple[Aim, ...] = ("foreign", "own")
_TABLES_IN_FLIGHT = 8
"""Tables whose statements are sent together: some ten kilobytes, which no buffer on the way refuses."""
_REFUSALS = (PRIVILEGE_OR_POLICY, NOT_SUPPORTED, MALFORMED_TEXT, BAD_TOKEN)


@dataclass(frozen=True)
class Login:
    """Who probes and on which way in; `granted` is what the intent grants it: (table, command)."""

    instance: str
    role: str
    tenants: Tenants
    granted: frozenset[tuple[str, Command]]
    path: Way = PRIMARY


@dataclass(frozen=True)
class Session:
    """A login on its connection; `become` is whom it turns into first, with SET ROLE."""

    connection: Connection
    login: Login
    become: str | None = None
    wire: Wire = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "wire", Wire(self.connection))

    @property
    def tenants(self) -> Tenants:
        """The two tenants of its rows."""
        return self.login.tenants

    def acting_as(self, role: str, granted: frozenset[tuple[str, Command]]) -> "Session":
        """The same connection, with what it does put down to another role."""
        return Session(self.connection, replace(self.login, role=role, granted=granted), role)

    @contextmanager
    def rolled_back(self, *, writes: bool = True) -> Iterator[None]:
        """A transaction with short limits that never commits."""
        self.wire.require(f"BEGIN {'READ WRITE' if writes else 'READ ONLY'}", *_LIMITS)
        try:
            yield
        finally:
            if not self.connection.closed:  # the server has rolled back, and why it is closed is the error to be seen
                self.connection.execute("ROLLBACK")

    @contextmanager
    def within(self, context: Context) -> Iterator[None]:
        """The role and the context made for what follows, each statement of which begins with UNDO."""
        role = "NONE" if self.become is None else sql.Identifier(self.become).as_string()
        entry = self.tenants.entry(context)
        self.wire.require(f"SET LOCAL ROLE {role}", *entry, RESET_REACHED, "SAVEPOINT probe")
        yield
        self.wire.require(UNDO, "RELEASE probe", "SET LOCAL ROLE NONE")

    def seed(self, targets: Sequence[Target]) -> Iterator[Attempt]:
        """Insert both tenants' canaries and keep them for the rest of the transaction."""
        for context in ("own", "other"):
            for target in targets:
                reply = self._seeded(target, context)
                if target.key:
                    yield self._attempt(target, context, Statement("insert", "own", target.insertion(context)), reply)

    def _seeded(self, target: Target, context: Context) -> Reply:
        role = "NONE" if self.become is None else sql.Identifier(self.become).as_string()
        before = ("SAVEPOINT seed", f"SET LOCAL ROLE {role}", *self.tenants.entry(context))
        (replies,) = self.wire.replies([(*before, target.insertion(context), "SET LOCAL ROLE NONE", "RELEASE seed")])
        if not replies[-1].error:
            return replies[len(before)]
        self.wire.require("ROLLBACK TO seed", "RELEASE seed")
        return replies[-1]

    def attempts(self, targets: Sequence[Target], context: Context) -> Iterator[Attempt]:
        """Every command on each table, each undone; to be used inside `within`."""
        for some in batched(targets, _TABLES_IN_FLIGHT):
            tried = [(target, statement) for target in some for statement in target.statements(context)]
            replies = self.wire.last((UNDO, *statement.steps) for _, statement in tried)
            for (target, statement), reply in zip(tried, replies, strict=True):
                yield self._attempt(target, context, statement, reply)
        yield from self.copies_out(targets, context)
        for target in targets:
            yield self._copy_in(target, context)

    def reads(self, targets: Sequence[Target], context: Context) -> Iterator[Attempt]:
        """The commands that write nothing; the server counts the rows of tables that it keeps figures of."""
        held = {target.name: target.relation.held_rows for target in targets}
        for some in batched(targets, _TABLES_IN_FLIGHT):
            statements = [target.reading(context) for target in some]
            replies = self.wire.last((UNDO, *statement.steps) for statement in statements)
            for target, statement, reply in zip(some, statements, replies, strict=True):
                yield replace(self._attempt(target, context, statement, reply), held=held[target.name])
        for copied in self.copies_out(targets, context):
            if copied.aim == "foreign":
                yield replace(copied, held=held[copied.table])

    def copies_out(self, targets: Sequence[Target], context: Context) -> Iterator[Attempt]:
        """A COPY TO of each, looked through for other tenants' rows and, where there is a tenant, for its own."""
        inside = self.tenants.inside(context)
        every = self.wire.copied_out(UNDO, [target.copy_out for target in targets])
        for target, seen in zip(targets, every, strict=True):
            granted = (target.name, "select") in self.login.granted
            for aim in _AIMS if inside is not None else _AIMS[:1]:
                reply = _counted_lines(seen, inside, aim)
                attempt = self._attempt(target, context, Statement("copy", aim, target.copy_out), reply)
                yield replace(attempt, is_granted=granted)

    def _copy_in(self, target: Target, context: Context) -> Attempt:
        outside = self.tenants.outside(self.tenants.inside(context))
        reply = self.wire.copied_in(UNDO, target.copy_in, outside)
        attempt = self._attempt(target, context, Statement("copy", "foreign", target.copy_in), reply)
        return replace(attempt, is_granted=False)

    def _attempt(self, target: Target, context: Context, statement: Statement, reply: Reply) -> Attempt:
        return Attempt(
            instance=self.login.instance,
            role=self.login.role,
            table=target.name,
            command=statement.command,
            context=context,
            aim=statement.aim,
            outcome=_outcome(reply),
            rows=self._counted(statement, context, reply),
            sqlstate=reply.sqlstate,
            statement=statement.text,
            is_granted=(target.name, statement.command) in self.login.granted,
            message=reply.error,
            path=self.login.path,
        )

    def _counted(self, statement: Statement, context: Context, reply: Reply) -> int:
        if not statement.reaches or reply.error:
            return reply.rows
        return max(0, int(reply.value) - (self.tenants.inside(context) is not None))


def _counted_lines(seen: list[str] | Reply, inside: str | None, aim: Aim) -> Reply:
    if isinstance(seen, Reply):
        return seen
    return Reply(sum((line == inside) is (aim == "own") for line in seen))


def batched(targets: Sequence[Target], size: int) -> Iterator[Sequence[Target]]:
    """The targets in order, `size` at a time."""
    return (targets[start : start + size] for start in range(0, len(targets), size))


def _outcome(reply: Reply) -> Outcome:
    if not reply.error:
        return "rows"
    return "refused" if reply.sqlstate in _REFUSALS else "error"
