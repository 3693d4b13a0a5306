"""Leaks through a table itself, or through what inherits from it or what it inherits from."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from policies.facts.catalog import Catalog, PolicyCommand, Relation
from policies.proof.closed import is_closed
from policies.proof.gaps import Refused, Unmodelled
from policies.proof.judge import Judgement, exhibit, refute
from policies.proof.leak import foreign, frame, touch
from policies.proof.logic import Formula, all_of
from policies.proof.obligation import Command, Verdict, Witness
from policies.proof.privileges import columns_allowed, may, may_address
from policies.proof.row_security import applied_policies, is_filtered
from policies.proof.rows import Row
from policies.proof.scope import Actor, Question, Scope
from policies.proof.session import Session
from policies.proof.witnesses import witness_of

POLICY_COMMANDS: dict[Command, PolicyCommand] = {
    "SELECT": "select",
    "INSERT": "insert",
    "UPDATE": "update",
    "DELETE": "delete",
}


Ask = Callable[[Formula, Scope, tuple[Row, ...], int], Judgement | None]


@dataclass(frozen=True)
class Finding:
    """What one way to a table came to."""

    verdict: Verdict
    path: str
    construct: str = ""
    witness: Witness | None = None
    assumptions: tuple[str, ...] = ()


@dataclass
class Direct:
    """Judges commands on relations; equal filters are proved once."""

    catalog: Catalog
    timeout_ms: int
    proved: dict[Any, tuple[str, ...]] = field(default_factory=dict)

    def find(self, actor: Actor, session: Session, relation: Relation, command: Command, key: str | None) -> Finding:
        """What the actor's command can do to rows of the relation that are not the session's tenant's."""
        allowed = may(self.catalog, actor.user, relation, command)
        if not allowed or not may_address(self.catalog, actor.user, relation.schema):
            return Finding(Verdict.PROVED, relation.qualified_name)
        identity = self._identity(actor, session, relation, command, key)
        if identity is not None and identity in self.proved:
            return Finding(Verdict.PROVED, relation.qualified_name, assumptions=self.proved[identity])
        finding = Case(self.catalog, actor, session, relation, command, key, self.timeout_ms).find()
        if identity is not None and finding.verdict is Verdict.PROVED:
            self.proved[identity] = finding.assumptions
        return finding

    def _identity(self, actor: Actor, session: Session, relation: Relation, command: Command, key: str | None) -> Any:
        """What the formula depends on, where that is the texts of the policies and the columns alone; else None."""
        scope = Scope(Question(self.catalog), actor)
        if not is_filtered(relation, scope):
            return None
        parts = ("using", "check") if command == "UPDATE" else ("check",) if command == "INSERT" else ("using",)
        texts = tuple(
            text
            for part in parts
            for text in applied_policies(relation, POLICY_COMMANDS[command], part, scope)  # type: ignore[arg-type]
        )
        try:
            if not all(is_closed(text, session.verifier) for _, text in texts):
                return None
        except Unmodelled:
            return None
        columns = tuple(
            (column.name, column.type, column.not_null, column.is_generated, column.has_loose_collation)
            for column in relation.columns
        )
        granted = columns_allowed(self.catalog, actor.user, relation, command)
        return (
            command,
            texts,
            columns,
            granted,
            key,
            session.signed,
            session.verifier,
            tuple(session.defaults.items()),
        )


@dataclass
class Case:
    """One command of one actor on one relation."""

    catalog: Catalog
    actor: Actor
    session: Session
    relation: Relation
    command: Command
    key: str | None
    timeout_ms: int

    def find(self) -> Finding:
        """Whether it can touch a foreign row, shown by a command that names the row in WHERE where that works too."""
        first = self._asked(False, refute)
        if first is not None:
            return self._finding(first)
        if self.command in ("UPDATE", "DELETE") and may(self.catalog, self.actor.user, self.relation, "SELECT"):
            reading = self._asked(True, exhibit)
            if reading is not None and reading.verdict is Verdict.COUNTEREXAMPLE:
                return self._finding(reading)
        blind = self._asked(False, exhibit)
        return self._finding(blind or Judgement(Verdict.UNKNOWN), blind=True)

    def _asked(self, reads: bool, ask: Ask) -> Judgement | None:
        """The question put anew: asking adds rows and settings to it."""
        self.scope = Scope(Question(self.catalog, self.session.anew()), self.actor)
        try:
            self.touched = touch(self.command, self.relation, self.scope, reads)
            goal = foreign(self.touched, self.key, self.scope)
            goal = all_of(goal, frame(self.touched, self.scope))
        except Refused:
            return Judgement(Verdict.PROVED)
        except Unmodelled as gap:
            return Judgement(Verdict.UNKNOWN, (gap.construct,))
        new_rows = (self.touched.written,) if self.touched.written else ()
        return ask(goal, self.scope, new_rows, self.timeout_ms)

    def _finding(self, judgement: Judgement, blind: bool = False) -> Finding:
        name = self.relation.qualified_name
        if judgement.verdict is not Verdict.COUNTEREXAMPLE:
            return Finding(judgement.verdict, name, "; ".join(judgement.constructs), assumptions=judgement.assumptions)
        witness = witness_of(self.touched, self.scope, judgement.values, blind=blind)
        return Finding(judgement.verdict, name, _words(self), witness)


def _words(case: Case) -> str:
    scope = Scope(Question(case.catalog), case.actor)
    if is_filtered(case.relation, scope):
        return "its policies let the row through"
    role = case.catalog.role(case.actor.user)
    if role is not None and (role.is_superuser or role.bypasses_row_security):
        return f"{role.name} bypasses row security"
    if not case.relation.row_security:
        return f"row security is off on {case.relation.qualified_name}"
    return f"row security is not forced on {case.relation.qualified_name} and {case.actor.user} counts as its owner"
