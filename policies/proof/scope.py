"""Where an expression stands: whose rights it has, which names it sees, in which session and world."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

import z3

from policies.facts.catalog import Catalog
from policies.proof.gaps import Unmodelled
from policies.proof.logic import Value
from policies.proof.rows import World
from policies.proof.session import Session
from policies.proof.sqltypes import BOOLEAN


class Source(Protocol):
    """What has columns: a row, or the output of a view or sub-select."""

    def column(self, name: str) -> Value | None:
        """The column's value, None where there is no such column."""


@dataclass(frozen=True)
class Actor:
    """`user` is whose privileges and policies count; `current` what current_user returns; `login` session_user."""

    user: str
    current: str
    login: str

    def acting_as(self, owner: str) -> "Actor":
        """Inside a view with its owner's rights: current_user stays the caller."""
        return replace(self, user=owner)


@dataclass
class Question:
    """One question to the prover, and what its answer rests on."""

    catalog: Catalog
    session: Session = field(default_factory=Session)
    world: World = field(default_factory=World)
    assumptions: set[str] = field(default_factory=set)
    gaps: set[str] = field(default_factory=set)
    unknowns: list[Value] = field(default_factory=list)

    def unknown(self, construct: str) -> Value:
        """A Boolean of which nothing is known, in place of a construct without a model."""
        self.gaps.add(construct)
        value = Value(BOOLEAN, *(z3.FreshConst(z3.BoolSort(), "unknown") for _ in range(3)))
        self.unknowns.append(value)
        return value


@dataclass(frozen=True)
class Scope:
    """The names an expression sees. `expanding` are the relations whose policies are being read around it."""

    question: Question
    actor: Actor
    sources: tuple[tuple[str, Source], ...] = ()
    outer: "Scope | None" = None
    parameters: Mapping[str, Value] = field(default_factory=dict)
    expanding: frozenset[tuple[str, str]] = frozenset()
    in_function: bool = False

    @property
    def catalog(self) -> Catalog:
        """The database's catalog."""
        return self.question.catalog

    def with_source(self, alias: str, source: Source) -> "Scope":
        """The same scope with one more thing in FROM."""
        return replace(self, sources=(*self.sources, (alias, source)))

    def inner(self) -> "Scope":
        """The scope of a sub-select."""
        return replace(self, sources=(), outer=self)

    def fresh(self, actor: Actor) -> "Scope":
        """The scope of a query that sees nothing around it: a policy's, a view's or a function's."""
        return Scope(self.question, actor, expanding=self.expanding, in_function=self.in_function)

    def column(self, path: tuple[str, ...]) -> Value:
        """The column that `name`, `alias.name` or `schema.alias.name` means. Raises Unmodelled where none does."""
        *qualifier, name = path
        alias = qualifier[-1] if qualifier else None
        named = (source for known, source in self.sources if alias in (None, known))
        found = [value for value in (source.column(name) for source in named) if value is not None]
        if len(found) == 1:
            return found[0]
        if not found and alias is None and name in self.parameters:
            return self.parameters[name]
        if not found and self.outer is not None:
            return self.outer.column(path)
        raise Unmodelled(f"column {'.'.join(path)}")
