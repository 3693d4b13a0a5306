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
from policies.sources.live.probes.block import READ_TOLD, block, told
from policies.sources.live.probes.statements import RESET_REACHED, Statement, Target, Tenants
from policies.sources.live.probes.wire import Reply, Steps, Wire
from policies.sources.live.query import Connection

UNDO = "ROLLBACK TO probe"
_LIMITS = (
    "SET LOCAL lock_timeout = '1s'",
    "SET LOCAL statement_timeout = '5s'",
    "SET LOCAL synchronous_commit = off",
)
_AIMS: tuple[Aim, ...] = ("foreign", "own")
TABLES_IN_FLIGHT = 8
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

    @property
    def _role(self) -> str:
        return f"SET LOCAL ROLE {'NONE' if self.become is None else sql.Identifier(self.become).as_string()}"

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
        self.wire.require(self._role, *self.tenants.entry(context), RESET_REACHED, "SAVEPOINT probe")
        yield
        self.wire.require(UNDO, "RELEASE probe", "SET LOCAL ROLE NONE")

    def seed(self, targets: Sequence[Target]) -> Iterator[Attempt]:
        """Insert both tenants' canaries and keep them for the rest of the transaction."""
        for context in ("own", "other"):
            for some in batched(targets, TABLES_IN_FLIGHT):
                insertions = [Statement("insert", "own", target.insertion(context)) for target in some]
                replies = self._kept(insertions, context)
                for target, insertion, reply in zip(some, insertions, replies, strict=True):
                    if target.key:
                        yield self._attempt(target, context, insertion, reply)

    def _kept(self, statements: Sequence[Statement], context: Context) -> list[Reply]:
        """What succeeds stays: in one block, or one after the other where the server does not end the block."""
        before = ("SAVEPOINT seed", self._role, *self.tenants.entry(context))
        after = ("SET LOCAL ROLE NONE", "RELEASE seed")
        (*_, answer) = self.wire.last([(*before, block(statements, keeps=True), *after, READ_TOLD)])
        if not answer.error:
            return told(statements, answer.value)
        self.wire.require("ROLLBACK TO seed", "RELEASE seed")
        return [self._kept_alone(statement, before, after) for statement in statements]

    def _kept_alone(self, statement: Statement, before: Steps, after: Steps) -> Reply:
        (replies,) = self.wire.replies([(*before, statement.text, *after)])
        if not replies[-1].error:
            return replies[len(before)]
        self.wire.require("ROLLBACK TO seed", "RELEASE seed")
        return replies[-1]

    def attempts(self, targets: Sequence[Target], context: Context) -> Iterator[Attempt]:
        """Every command on each table, each undone; to be used inside `within`."""
        for some in batched(targets, TABLES_IN_FLIGHT):
            tried = [(target, statement) for target in some for statement in target.statements(context)]
            replies = self._tried([statement for _, statement in tried])
            for (target, statement), reply in zip(tried, replies, strict=True):
                yield self._attempt(target, context, statement, reply)
        yield from self.copies_out(targets, context)
        yield from self._copies_in(targets, context)

    def reads(self, targets: Sequence[Target], context: Context) -> Iterator[Attempt]:
        """The commands that write nothing; the server counts the rows of tables that it keeps figures of."""
        held = {target.name: target.relation.held_rows for target in targets}
        for some in batched(targets, TABLES_IN_FLIGHT):
            statements = [target.reading(context) for target in some]
            replies = self._tried(statements)
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

    def _copies_in(self, targets: Sequence[Target], context: Context) -> Iterator[Attempt]:
        """A COPY FROM of each: what is not refused before a row is asked for gets another tenant's."""
        outside = self.tenants.outside(self.tenants.inside(context))
        asked = self.wire.last((UNDO, target.copy_in_asked) for target in targets)
        for target, answer in zip(targets, asked, strict=True):
            reply = answer if _is_refusal(answer) else self.wire.copied_in(UNDO, target.copy_in, outside)
            attempt = self._attempt(target, context, Statement("copy", "foreign", target.copy_in), reply)
            yield replace(attempt, is_granted=False)

    def _tried(self, statements: Sequence[Statement]) -> list[Reply]:
        """Each undone: in one block, or one after the other where the server does not end the block."""
        (*_, answer) = self.wire.last([(UNDO, block(statements), READ_TOLD)])
        if not answer.error:
            return told(statements, answer.value)
        return self.wire.last((UNDO, *statement.steps) for statement in statements)

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
    return "refused" if _is_refusal(reply) else "error"


def _is_refusal(reply: Reply) -> bool:
    return reply.sqlstate in _REFUSALS
