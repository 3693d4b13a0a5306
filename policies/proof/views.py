"""Leaks through views: with the owner's rights, nested, or stored as a materialised view."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from pglast.visitors import Visitor

from policies.facts.catalog import Catalog, Relation
from policies.proof.direct import POLICY_COMMANDS, Finding
from policies.proof.gaps import Refused, Unmodelled
from policies.proof.judge import judge
from policies.proof.leak import Touch, owned
from policies.proof.logic import YES, all_of, negation
from policies.proof.obligation import Command, Verdict, Witness
from policies.proof.privileges import may, may_address
from policies.proof.query import Pick, relation_of, some, view_query, view_scope
from policies.proof.row_security import passes
from policies.proof.scope import Actor, Question, Scope
from policies.proof.session import Session
from policies.proof.witnesses import Values, settings_of, witness_of

MOST_MENTIONS = 12


@dataclass(frozen=True)
class Mention:
    """A table that a view reads as `user`; `in_from` where it stands in FROM all the way from the top."""

    relation: Relation
    user: str
    in_from: bool


@dataclass
class ViewCase:
    """What one actor's session can do through one view to the rows of a table's family."""

    catalog: Catalog
    actor: Actor
    session: Session
    view: Relation
    family: list[Relation]
    key: str | None
    timeout_ms: int

    def find(self, command: Command) -> Finding:
        """The finding for one command on the view."""
        may_use = may(self.catalog, self.actor.user, self.view, command)
        if not may_use or not may_address(self.catalog, self.actor.user, self.view.schema):
            return self._finding(Verdict.PROVED)
        if self.view.kind == "materialized view":
            return self._stored() if command == "SELECT" else self._finding(Verdict.PROVED)
        return self._plain(command)

    def _plain(self, command: Command) -> Finding:
        try:
            if all(self._is_filtered(mention, command) for mention in self._mentions):
                return self._finding(Verdict.PROVED)
        except Unmodelled as gap:
            return self._finding(Verdict.UNKNOWN, gap.construct)
        if command != "SELECT":
            return self._finding(Verdict.UNKNOWN, f"{command} through view {self.view.qualified_name}")
        return self._worst_shown()

    @cached_property
    def _mentions(self) -> list[Mention]:
        found = self._mentions_in(self.view, in_from=True)
        return [mention for mention in found if mention.relation in self.family]

    def _mentions_in(self, view: Relation, in_from: bool) -> Iterator[Mention]:
        reader = self.actor.current if view.is_security_invoker else view.owner
        scope = Scope(Question(self.catalog), Actor(reader, reader, reader))
        visitor = _Tables()
        visitor(view_query(view))
        for node, nested in visitor.found:
            relation = relation_of(node, scope)
            if relation.is_view:
                yield from self._mentions_in(relation, in_from and not nested)
            yield Mention(relation, reader, in_from and not nested)

    def _is_filtered(self, mention: Mention, command: Command) -> bool:
        """Whether the policies alone, for whoever the view reads as, keep foreign rows away."""
        scope = Scope(Question(self.catalog, self.session.anew()), self.actor.acting_as(mention.user))
        row = scope.question.world.add(mention.relation, "row")
        part: Any = "check" if command == "INSERT" else "using"
        try:
            parts = [passes(mention.relation, POLICY_COMMANDS[command], part, row, scope)]
            goal = all_of(*parts, negation(owned(row, self.key, scope)))
        except Refused:
            return True
        return judge(goal, scope, (), self.timeout_ms).verdict is Verdict.PROVED

    def _worst_shown(self) -> Finding:
        unknown = None
        for number in range(MOST_MENTIONS):
            scope = Scope(Question(self.catalog, self.session.anew()), self.actor)
            finding = self._shown(scope, scope, number)
            if finding is None:
                return unknown or self._nothing_shown()
            if finding.verdict is Verdict.COUNTEREXAMPLE:
                return finding
            if finding.verdict is Verdict.UNKNOWN:
                unknown = finding
        return self._finding(Verdict.UNKNOWN, f"more than {MOST_MENTIONS} mentions of the table")

    def _nothing_shown(self) -> Finding:
        """No mention in FROM shows a foreign row; what else keeps this from being a proof?"""
        name = self.view.qualified_name
        if any(not mention.in_from for mention in self._mentions):
            return self._finding(Verdict.UNKNOWN, f"sub-select over the table in view {name}")
        if not _is_barrier(self.view):
            return self._finding(Verdict.UNKNOWN, f"view {name} filters by WHERE without security_barrier")
        return self._finding(Verdict.PROVED)

    def _stored(self) -> Finding:
        """A materialised view shows to everybody what its owner saw when it was refreshed, in any context."""
        owner = self.view.owner
        for number in range(MOST_MENTIONS):
            refreshing = Scope(Question(self.catalog, self.session.anew("refresh: ")), Actor(owner, owner, owner))
            question = Question(self.catalog, self.session.anew(), refreshing.question.world)
            finding = self._shown(refreshing, Scope(question, self.actor), number)
            if finding is None:
                return self._finding(Verdict.PROVED)
            if finding.verdict is not Verdict.PROVED:
                return finding
        return self._finding(Verdict.UNKNOWN, f"more than {MOST_MENTIONS} mentions of the table")

    def _shown(self, querying: Scope, reading: Scope, number: int) -> Finding | None:
        """Whether the `number`th mention shows a foreign row to the reader; None where there is no such mention."""
        pick = Pick(frozenset(relation.address for relation in self.family), number)
        try:
            reached = some(view_query(self.view), view_scope(self.view, querying), lambda inner, part: YES, pick)
            if pick.row is None:
                return None
            goal = all_of(reached, negation(owned(pick.row, self.key, reading)))
        except Refused:
            return None
        except Unmodelled as gap:
            return self._finding(Verdict.UNKNOWN, gap.construct) if number == 0 or pick.row else None
        judgement = judge(goal, querying, (), self.timeout_ms)
        if judgement.verdict is not Verdict.COUNTEREXAMPLE:
            return self._finding(judgement.verdict, "; ".join(judgement.constructs))
        witness = witness_of(Touch("SELECT", self.view, reached, pick.row), reading, judgement.values)
        if querying is not reading:
            witness = _refreshed(witness, querying, judgement.values)
        why = f"view {self.view.qualified_name} reads the table as {self.view.owner}"
        return replace(self._finding(Verdict.COUNTEREXAMPLE, why), witness=witness)

    def _finding(self, verdict: Verdict, construct: str = "") -> Finding:
        return Finding(verdict, self.view.qualified_name, construct)


def _refreshed(witness: Witness, refreshing: Scope, values: Values) -> Witness:
    return replace(witness, refreshed_with=settings_of(refreshing.question.session, values))


def _is_barrier(view: Relation) -> bool:
    return dict(view.options).get("security_barrier", "false") in ("true", "on", "1", "yes")


class _Tables(Visitor):
    """The tables of a query, and whether each stands in a sub-select outside FROM."""

    def __init__(self) -> None:
        self.found: list[tuple[Any, bool]] = []

    def visit_RangeVar(self, ancestors: Any, node: Any) -> None:  # noqa: N802 pglast's protocol
        nested = any(type(ancestor).__name__ == "SubLink" for ancestor in _nodes(ancestors))
        self.found.append((node, nested))


def _nodes(ancestors: Any) -> Iterator[Any]:
    while ancestors is not None:
        yield ancestors.node
        ancestors = ancestors.parent
