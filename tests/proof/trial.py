"""One case on the real server and under the prover, side by side."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any

import psycopg
from psycopg import sql

from policies.facts.catalog import Catalog, Function
from policies.proof.gaps import Refused
from policies.proof.logic import YES, Formula
from policies.proof.query import Pick, some, view_query, view_scope
from policies.proof.rows import Row
from policies.proof.scope import Scope
from policies.sources.live.relations import read_relations
from tests.proof.concrete import Situation, holds
from tests.proof.policies_in_sql import Case

RAISES = ("22", "42P17", "54001", "21000", "XX000")
"""Errors that an expression raises: bad data, recursion, too deep, several rows; and the planner of PostgreSQL 17
on a policy without any column (`cannot cope with variable-free clause`)."""
DENIED = "42501"
_numbers = count()


@dataclass
class Trial:
    """A prepared case; `errors` counts the comparisons that PostgreSQL answered with an error."""

    admin: psycopg.Connection
    case: Case
    names: dict[str, str]
    catalog: Catalog
    errors: list[str] = field(default_factory=list)

    @property
    def settings(self) -> dict[str, str | None]:
        """The session's settings by the names of this trial."""
        return {self.names["lab.tenant"]: self.case.tenant, self.names["lab.role"]: self.case.role}

    def scope(self) -> tuple[Situation, Scope]:
        """The prover's side of the case."""
        rows = {"notes": self.case.notes, "links": self.case.links}
        situation = Situation(self.catalog, self.settings, self.case.actor, rows)
        return situation, situation.scope()

    def ask(self, statement: str | sql.Composed) -> set[int] | str:
        """The ids that the actor's statement returns, or the error's code; nothing is kept."""
        try:
            with self.admin.transaction(force_rollback=True):
                self._become()
                return {row[0] for row in self.admin.execute(statement)}
        except psycopg.errors.DatabaseError as error:
            return str(error.sqlstate)

    def run(self, statement: sql.Composed, then: str) -> set[int] | str:
        """The ids that `then` finds as the superuser after the actor's statement, or the error's code."""
        try:
            with self.admin.transaction(force_rollback=True):
                self._become()
                self.admin.execute(statement)
                self.admin.execute("RESET SESSION AUTHORIZATION")
                return {row[0] for row in self.admin.execute(then)}
        except psycopg.errors.DatabaseError as error:
            return str(error.sqlstate)

    def _become(self) -> None:
        self.admin.execute(sql.SQL("SET LOCAL SESSION AUTHORIZATION {}").format(sql.Identifier(self.case.actor)))
        for name, value in self.settings.items():
            if value is not None:
                self.admin.execute("SELECT set_config(%s, %s, true)", [name, value])

    def agrees(self, found: set[int] | str, expected: Callable[[], set[int] | str]) -> None:
        """The server's answer is the prover's; where the server raised there is nothing to compare."""
        if isinstance(found, str) and found.startswith(RAISES):
            self.errors.append(found)
            return
        try:
            wanted: set[int] | str = expected()
        except Refused:
            wanted = "refused"
        assert found == wanted, f"PostgreSQL: {found}, the prover: {wanted}"

    def passing(self, test: Callable[[Row, Scope], Formula]) -> set[int]:
        """The ids of the notes that pass by the prover."""
        situation, scope = self.scope()
        numbered = zip(self.case.notes, situation.known["notes"], strict=True)
        return {note["id"] for note, row in numbered if holds(test(row, scope), scope)}

    def shown_by(self, view: str) -> set[int]:
        """The ids of the notes that a view shows by the prover."""
        relation = self.scope()[0].relation(view)
        family = frozenset({("lab", "notes")})

        def shows(row: Row, scope: Scope) -> Formula:
            return some(view_query(relation), view_scope(relation, scope), lambda inner, part: YES, _Known(family, row))

        return self.passing(shows)


class _Known(Pick):
    """A pick whose row is given."""

    def __init__(self, family: frozenset[tuple[str, str]], row: Row) -> None:
        super().__init__(family, 0)
        self.given = row

    def row_for(self, relation: Any, scope: Scope) -> Row | None:
        if relation.address not in self.family:
            return None
        self.row = self.given
        return self.given


@contextmanager
def trial_of(admin: psycopg.Connection, base: Catalog, case: Case) -> Iterator[Trial | None]:
    """The case in a transaction that is rolled back; None where PostgreSQL refuses one of its policies.

    `base` is the catalog without the case. Settings get names that no session ever used, because a setting that was
    once set is '' and not unset.
    """
    number = next(_numbers)
    names = {name: name.replace("lab.", f"lab{number}.") for name in ("lab.tenant", "lab.role")}
    with admin.transaction(force_rollback=True):
        try:
            _prepare(admin, case, names)
        except psycopg.errors.DatabaseError:
            yield None
        else:
            yield Trial(
                admin, case, names, replace(base, relations=read_relations(admin), functions=_functions(base, names))
            )


def _functions(base: Catalog, names: dict[str, str]) -> tuple[Function, ...]:
    fresh = names["lab.tenant"]
    return tuple(
        replace(function, definition=function.definition.replace("'lab.tenant'", f"'{fresh}'"))
        for function in base.functions
    )


def _prepare(admin: psycopg.Connection, case: Case, names: dict[str, str]) -> None:
    for table, secured in (("notes", case.secured), ("links", case.links_secured)):
        admin.execute(f"ALTER TABLE lab.{table} {'ENABLE' if secured else 'DISABLE'} ROW LEVEL SECURITY")
        admin.execute(f"ALTER TABLE lab.{table} {'FORCE' if case.forced else 'NO FORCE'} ROW LEVEL SECURITY")
    for table, rows in (("notes", case.notes), ("links", case.links)):
        for row in rows:
            admin.execute(insertion(table, row))
    admin.execute(_TENANT.replace("lab.tenant'", f"{names['lab.tenant']}'"))
    for policy in case.policies:
        text = policy.sql
        for name, fresh in names.items():
            text = text.replace(f"'{name}'", f"'{fresh}'")
        admin.execute(text)


_TENANT = """CREATE OR REPLACE FUNCTION lab.tenant() RETURNS uuid LANGUAGE sql STABLE SET search_path = ''
RETURN NULLIF(pg_catalog.current_setting('lab.tenant', true), '')::pg_catalog.uuid"""


def insertion(table: str, row: dict[str, Any]) -> sql.Composed:
    """INSERT of a row of the laboratory."""
    return sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(
        sql.Identifier("lab", table),
        sql.SQL(", ").join(map(sql.Identifier, row)),
        sql.SQL(", ").join(map(sql.Literal, row.values())),
    )
