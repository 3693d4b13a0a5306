"""Two states of a database compared: what may a role do now that it could not do before, and the other way round."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property

from infra.model.intent import Intent
from policies.facts.catalog import Catalog, Relation
from policies.proof import calls, expression  # noqa: F401 they register translators
from policies.proof.closed import has_closed_policies
from policies.proof.gaps import Refused, Unmodelled
from policies.proof.judge import judge
from policies.proof.leak import Touch, frame, touch
from policies.proof.logic import NO, YES, Formula, all_of, any_of, negation
from policies.proof.missing import missing
from policies.proof.obligation import ROW_COMMANDS, Command, Verdict, Witness
from policies.proof.privileges import may, may_address, owns
from policies.proof.rows import World
from policies.proof.scope import Actor, Question, Scope
from policies.proof.session import session_of
from policies.proof.tenancy import Tenancy, TenantTable
from policies.proof.witnesses import witness_of

Way = tuple[Touch, Scope]
"""A command done to the table by one of the roles that a login may act as."""


class Change(StrEnum):
    """How a filter differs from what it was."""

    EQUAL = "equal"
    NARROWER = "narrower"
    WIDER = "wider"
    INCOMPARABLE = "incomparable"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Difference:
    """One login's command on one table, before and after; the witnesses are a row gained and a row lost."""

    role: str
    table: str
    command: Command
    change: Change
    gained: Witness | None = None
    lost: Witness | None = None
    construct: str = ""


def differences(old: Catalog, new: Catalog, intent: Intent, timeout_ms: int = 3000) -> list[Difference]:
    """For each tenant table and login of either state: what its commands on the table reach, compared.

    Where a state is not known whole, nothing is equal or narrower.
    """
    tables = {table.address: table for catalog in (old, new) for table in _tables(catalog, intent)}
    logins = sorted({role.name for catalog in (old, new) for role in catalog.roles if role.can_login})
    same_surroundings = old.functions == new.functions and old.relations == new.relations
    found = [
        _compared(
            Side(old, intent, login, table), Side(new, intent, login, table), command, timeout_ms, same_surroundings
        )
        for table in tables.values()
        for login in logins
        for command in ROW_COMMANDS
    ]
    gap = missing(old) or missing(new)
    return [_doubted(each, gap) for each in found] if gap else found


def _doubted(found: Difference, gap: str) -> Difference:
    if found.change in (Change.WIDER, Change.INCOMPARABLE):
        return found
    return replace(found, change=Change.UNKNOWN, construct=found.construct or gap)


def _tables(catalog: Catalog, intent: Intent) -> Iterator[TenantTable]:
    tenancy = Tenancy(intent, catalog)
    yield from tenancy.declared
    yield from tenancy.undeclared


@dataclass(frozen=True)
class Side:
    """One login before one table of one catalog."""

    catalog: Catalog
    intent: Intent
    login: str
    table: TenantTable

    @cached_property
    def relation(self) -> Relation | None:
        """The table as this catalog has it."""
        return self.catalog.relation(*self.table.address)

    @cached_property
    def users(self) -> list[str]:
        """Every role that the login may act as, itself first; none where this catalog does not know it."""
        if self.catalog.role(self.login) is None:
            return []
        return sorted(self.catalog.settable_roles(self.login), key=lambda name: (name != self.login, name))

    @cached_property
    def ground(self) -> object:
        """What a filter depends on besides other relations and functions."""
        roles = [(user, self.catalog.role(user), self.catalog.inherited_roles(user)) for user in self.users]
        return (self.relation, roles, session_of(self.catalog, self.intent, self.login))

    def touches(self, command: Command, world: World) -> Iterator[Way]:
        """The ways of the login's command, over the rows of a shared world. Raises Unmodelled."""
        for user in self.users:
            session = session_of(self.catalog, self.intent, self.login)
            scope = Scope(Question(self.catalog, session, world), Actor(user, user, self.login))
            touched = self._touch(command, scope)
            if touched is not None:
                yield touched, scope

    def _touch(self, command: Command, scope: Scope) -> Touch | None:
        relation, user = self.relation, scope.actor.user
        if relation is None or not may(self.catalog, user, relation, command):
            return None
        if not may_address(self.catalog, user, relation.schema):
            return None
        try:
            return touch(command, relation, scope, reads=False)
        except Refused:
            return None


def _compared(old: Side, new: Side, command: Command, timeout_ms: int, same_surroundings: bool) -> Difference:
    result = Difference(new.login, new.table.qualified_name, command, Change.EQUAL)
    alone = has_closed_policies(old.relation) and has_closed_policies(new.relation)
    if (same_surroundings or alone) and old.ground == new.ground:
        return result
    gained, unknown = _beyond(new, old, command, timeout_ms)
    lost, also_unknown = _beyond(old, new, command, timeout_ms)
    construct = unknown or also_unknown
    change = Change.UNKNOWN if construct else _CHANGES[gained is not None, lost is not None]
    return replace(result, change=change, gained=gained, lost=lost, construct=construct)


_CHANGES = {
    (False, False): Change.EQUAL,
    (False, True): Change.NARROWER,
    (True, False): Change.WIDER,
    (True, True): Change.INCOMPARABLE,
}


def _beyond(here: Side, there: Side, command: Command, timeout_ms: int) -> tuple[Witness | None, str]:
    """A row that `here` reaches and `there` does not, or the construct that keeps this from being known.

    Rows and settings of both sides carry the same names, so they are the same symbols.
    """
    unknown = ""
    for number in range(len(here.users)):
        world = World()
        try:
            ours = list(here.touches(command, world))
            theirs = list(there.touches(command, world))
            _share([*ours, *theirs])
            _bind([*ours, *theirs])
        except Unmodelled as gap:
            return None, gap.construct
        if number >= len(ours):
            break
        witness, construct = _witness(*ours[number], theirs, timeout_ms)
        if witness is not None:
            return witness, ""
        unknown = unknown or construct
    return None, unknown


def _share(ways: Sequence[Way]) -> None:
    """Give each way the columns and settings that any of them reads: what tells the sides apart may be the other's."""
    rows = [row for touched, _ in ways for row in (touched.target, touched.written) if row is not None]
    columns = {name for row in rows for name in row.values}
    settings = {name for _, scope in ways for name in scope.question.session.used}
    for row in rows:
        for name in sorted(columns):
            row.column(name)
    for _, scope in ways:
        for name in sorted(settings):
            scope.question.session.setting(name)


def _bind(ways: Sequence[Way]) -> None:
    """Leave what a user may not set as it is; an owner may do anything."""
    for touched, scope in ways:
        unbound = owns(scope.catalog, scope.actor.user, touched.relation.owner)
        touched.reached = YES if unbound else all_of(touched.reached, frame(touched, scope))


def _witness(ours: Touch, scope: Scope, theirs: Sequence[Way], timeout_ms: int) -> tuple[Witness | None, str]:
    gaps = {gap for _, other in theirs for gap in other.question.gaps}
    if gaps:
        return None, "; ".join(sorted(gaps))
    reached: Formula = any_of(NO, *(touched.reached for touched, _ in theirs))
    new_rows = (ours.written,) if ours.written else ()
    judgement = judge(all_of(ours.reached, negation(reached)), scope, new_rows, timeout_ms)
    if judgement.verdict is Verdict.COUNTEREXAMPLE:
        return witness_of(ours, scope, judgement.values), ""
    return None, "; ".join(judgement.constructs) if judgement.verdict is Verdict.UNKNOWN else ""
