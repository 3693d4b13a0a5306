"""One case on the real server and under the prover, side by side."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import count
from typing import Any

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from policies.facts.catalog import Catalog, Function
from policies.facts.relations import Policy
from policies.proof.gaps import Refused
from policies.proof.logic import YES, Formula
from policies.proof.query import Pick, some, view_query, view_scope
from policies.proof.rows import Row
from policies.proof.scope import Scope
from policies.sources.live.query import fetch
from tests.proof.concrete import Situation, holds
from tests.proof.laboratory import Laboratory
from tests.proof.policies_in_sql import Case

RAISES = ("22", "42P17", "54001", "21000", "XX000")
"""Errors that an expression raises: bad data, recursion, too deep, several rows; and the planner of PostgreSQL 17
on a policy without any column (`cannot cope with variable-free clause`)."""
DENIED = "42501"
_numbers = count()


@dataclass(frozen=True)
class Asked:
    """What the actor does: a query for ids, or a statement after which the superuser looks for `ids`."""

    ids: str
    statement: sql.Composed | None = None

    def written(self, session: psycopg.Connection) -> dict[str, str]:
        """As `bench.answers` takes it."""
        return {"ids": self.ids} | ({"statement": self.statement.as_string(session)} if self.statement else {})


@dataclass(frozen=True)
class Trial:
    """A case that PostgreSQL has answered: `found` holds ids, or an error's code, for each question."""

    case: Case
    names: dict[str, str]
    catalog: Catalog
    found: tuple[set[int] | str, ...]

    @property
    def settings(self) -> dict[str, str | None]:
        """The session's settings by the names of this trial."""
        return _settings(self.case, self.names)

    def scope(self) -> tuple[Situation, Scope]:
        """The prover's side of the case."""
        rows = {"notes": self.case.notes, "links": self.case.links}
        situation = Situation(self.catalog, self.settings, self.case.actor, rows)
        return situation, situation.scope()

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


def agrees(found: set[int] | str, expected: Callable[[], set[int] | str]) -> bool:
    """Whether there was something to compare: where the server raised there is not. A disagreement fails the test."""
    if isinstance(found, str) and found.startswith(RAISES):
        return False
    try:
        wanted: set[int] | str = expected()
    except Refused:
        wanted = "refused"
    assert found == wanted, f"PostgreSQL: {found}, the prover: {wanted}"
    return True


def tried(laboratory: Laboratory, case: Case, questions: Sequence[Asked]) -> Trial | None:
    """The case in a transaction that is rolled back; None where PostgreSQL refuses one of its policies.

    Settings get names that no session ever used, because a setting that was once set is '' and not unset.
    """
    admin = laboratory.admin
    number = next(_numbers)
    names = {name: name.replace("lab.", f"lab{number}.") for name in ("lab.tenant", "lab.role")}
    given = {name: value for name, value in _settings(case, names).items() if value is not None}
    written = Jsonb([question.written(admin) for question in questions])
    prepared = list(_preparation(admin, case, names))
    with admin.transaction(force_rollback=True):
        try:
            rows = admin.execute(_ANSWERS, [prepared, case.actor, Jsonb(given), written]).fetchall()
        except psycopg.errors.DatabaseError:
            return None
        catalog = _catalog(laboratory, case, names)
    return Trial(case, names, catalog, tuple(set(row) if isinstance(row, list) else row for (row,) in rows))


def _settings(case: Case, names: dict[str, str]) -> dict[str, str | None]:
    return {names["lab.tenant"]: case.tenant, names["lab.role"]: case.role}


def _catalog(laboratory: Laboratory, case: Case, names: dict[str, str]) -> Catalog:
    """The laboratory's catalog under the case's policies, as the server prints them."""
    policies = defaultdict(list)
    for row in fetch(laboratory.admin, "policies"):
        policies[laboratory.tables[row.pop("relation")]].append(Policy(**row))
    secured = {"notes": case.secured, "links": case.links_secured}
    relations = tuple(
        replace(
            relation,
            row_security=secured[relation.name],
            force_row_security=case.forced,
            policies=tuple(policies[relation.name]),
        )
        if relation.name in secured
        else relation
        for relation in laboratory.catalog.relations
    )
    return replace(laboratory.catalog, relations=relations, functions=_functions(laboratory.catalog, names))


def _functions(base: Catalog, names: dict[str, str]) -> tuple[Function, ...]:
    fresh = names["lab.tenant"]
    return tuple(
        replace(function, definition=function.definition.replace("'lab.tenant'", f"'{fresh}'"))
        for function in base.functions
    )


def _preparation(admin: psycopg.Connection, case: Case, names: dict[str, str]) -> Iterator[str]:
    for table, secured in (("notes", case.secured), ("links", case.links_secured)):
        yield f"ALTER TABLE lab.{table} {'ENABLE' if secured else 'DISABLE'} ROW LEVEL SECURITY"
        yield f"ALTER TABLE lab.{table} {'FORCE' if case.forced else 'NO FORCE'} ROW LEVEL SECURITY"
    for table, rows in (("notes", case.notes), ("links", case.links)):
        for row in rows:
            yield insertion(table, row).as_string(admin)
    yield _TENANT.replace("lab.tenant'", f"{names['lab.tenant']}'")
    for policy in case.policies:
        text = policy.sql
        for name, fresh in names.items():
            text = text.replace(f"'{name}'", f"'{fresh}'")
        yield text


_ANSWERS = "SELECT bench.answers(%s, %s, %s, %s)"
_TENANT = """CREATE OR REPLACE FUNCTION lab.tenant() RETURNS uuid LANGUAGE sql STABLE SET search_path = ''
RETURN NULLIF(pg_catalog.current_setting('lab.tenant', true), '')::pg_catalog.uuid"""


def insertion(table: str, row: dict[str, Any]) -> sql.Composed:
    """INSERT of a row of the laboratory."""
    return sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(
        sql.Identifier("lab", table),
        sql.SQL(", ").join(map(sql.Identifier, row)),
        sql.SQL(", ").join(map(sql.Literal, row.values())),
    )
