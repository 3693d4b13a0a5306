"""The statements that probe one table in one context: whose row each goes for."""

# ruff: noqa: S608 names and values are quoted by psycopg

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from uuid import UUID

from psycopg import sql

from infra.model.tenant_token import SigningKey
from policies.facts.probes import Aim, Command, Context
from policies.facts.relations import Relation
from policies.tenant_context import SETTING

TENANT_SETTING = "app.tenant_id"
IN_TRANSACTION: tuple[Context, ...] = ("own", "other", "empty", "malformed")
SIGNED_ONLY: tuple[Context, ...] = ("unsigned", "expired", "edited")
_TOKEN_SECONDS = 600
"""Longer than the probes of a service take."""
MALFORMED = "not-a-uuid"
REACHED = "aqdata.reached"
RESET_REACHED = f"SELECT set_config('{REACHED}', '0', true)"
READ_REACHED = f"SELECT current_setting('{REACHED}')::int"
# Neither condition names a column, so PostgreSQL adds no SELECT policy. The first is volatile and not leakproof, so it
# runs after the policy, for each row let through; it is never true, so no row is locked.
_COUNTS = f"set_config('{REACHED}', (current_setting('{REACHED}')::int + 1)::text, true) IS NULL"
_ONLY_OWN = f"current_setting('{REACHED}')::int = 1"


@dataclass(frozen=True, slots=True)
class Tenants:
    """Two tenants that exist in one transaction only; `key` signs for them where the context is signed."""

    own: str
    other: str
    key: SigningKey | None = None

    @property
    def contexts(self) -> tuple[Context, ...]:
        """Every context that a session can be in once it has set something."""
        return IN_TRANSACTION if self.key is None else (*IN_TRANSACTION, *SIGNED_ONLY)

    def entry(self, context: Context) -> list[str]:
        """The statements that make the context for the rest of a transaction; none for `unset`."""
        settings = self._plain(context) if self.key is None else self._signed(self.key, context)
        return [f"SELECT set_config('{name}', {literal(value)}, true)" for name, value in settings.items()]

    def _plain(self, context: Context) -> dict[str, str]:
        values = {"empty": "", "own": self.own, "other": self.other, "malformed": MALFORMED}
        return {TENANT_SETTING: values[context]} if context in values else {}

    def _signed(self, key: SigningKey, context: Context) -> dict[str, str]:
        own, other = (key.token(UUID(tenant), _TOKEN_SECONDS) for tenant in (self.own, self.other))
        tokens = {
            "empty": "",
            "own": own,
            "other": other,
            "malformed": MALFORMED,
            "unsigned": "",
            "expired": key.token(UUID(self.other), -1),
            "edited": own.replace(self.own, self.other),
        }
        claimed = {TENANT_SETTING: self.other if context == "unsigned" else ""}
        return {SETTING: tokens[context], **claimed} if context in tokens else {}

    def inside(self, context: Context) -> str | None:
        """The tenant of the context, if it names one."""
        return {"own": self.own, "other": self.other}.get(context)

    def outside(self, inside: str | None) -> str:
        """A tenant other than the one inside."""
        return self.own if inside == self.other else self.other


@dataclass(frozen=True, slots=True)
class Statement:
    """One probe; `before` runs in the same breath. With `reaches` the rows that its filter lets through count."""

    command: Command
    aim: Aim
    text: str
    before: str = ""
    reaches: bool = False

    @property
    def steps(self) -> tuple[str, ...]:
        """All of it, in order; the last reply is the one that counts."""
        before = (self.before,) if self.before else ()
        return (*before, self.text, READ_REACHED) if self.reaches else (*before, self.text)


@dataclass(frozen=True)
class Target:
    """A table under test, with one valid row for each tenant; `parents` have to be filled before it, in order."""

    relation: Relation
    key: str
    tenants: Tenants
    rows: Mapping[str, Mapping[str, Any]]
    parents: tuple["Target", ...] = ()

    @property
    def name(self) -> str:
        """`schema.table`."""
        return self.relation.qualified_name

    def statements(self, context: Context) -> tuple[Statement, ...]:
        """Every command, aimed at the context's own rows where it names a tenant, and at another's."""
        return self._statements[self.tenants.inside(context)]

    def reading(self, context: Context) -> Statement:
        """A SELECT of whatever does not belong to the context."""
        return self.statements(context)[0]

    def insertion(self, context: Context) -> str:
        """An INSERT of the context's row."""
        return self._insertions[self.tenants.inside(context) or ""]

    @cached_property
    def own_rows(self) -> str:
        """The first tenant's rows."""
        return f"SELECT 1 FROM {self._table} WHERE {self._key} = {literal(self.tenants.own)}"

    @cached_property
    def all_rows(self) -> str:
        """Whatever is visible."""
        return f"SELECT 1 FROM {self._table} LIMIT 100"

    @cached_property
    def copy_out(self) -> str:
        """The tenant column of the whole table, as COPY sees it."""
        return f"COPY {self._table} ({self._key}) TO STDOUT"

    @cached_property
    def copy_in(self) -> str:
        """A COPY into the table, which row security forbids."""
        return f"COPY {self._table} ({self._key}) FROM STDIN"

    @cached_property
    def copy_in_asked(self) -> str:
        """The same with a format that does not exist, which the server notices after privileges and row security."""
        return f"{self.copy_in} (FORMAT aqdata_probe)"

    @cached_property
    def _table(self) -> str:
        return sql.Identifier(*self.relation.address).as_string()

    @cached_property
    def _key(self) -> str:
        return sql.Identifier(self.key).as_string()

    @cached_property
    def _insertions(self) -> dict[str, str]:
        return {tenant: self._insertion(row) for tenant, row in self.rows.items()}

    def _insertion(self, row: Mapping[str, Any]) -> str:
        columns = ", ".join(sql.Identifier(name).as_string() for name in row)
        values = ", ".join(map(literal, row.values()))
        return f"INSERT INTO {self._table} ({columns}) VALUES ({values})"

    @cached_property
    def _statements(self) -> dict[str | None, tuple[Statement, ...]]:
        return {inside: tuple(self._probes(inside)) for inside in (None, self.tenants.own, self.tenants.other)}

    def _probes(self, inside: str | None) -> Iterator[Statement]:
        outside = self.tenants.outside(inside)
        yield Statement("select", "foreign", self._select_foreign(inside))
        yield Statement("insert", "foreign", self._insertions[outside])
        # A statement without a column in WHERE reaches whatever one with a column could, and more.
        taken = f"UPDATE {self._table} SET {self._key} = {literal(outside)} WHERE "
        yield Statement("update", "foreign", taken + _COUNTS, reaches=True)
        yield Statement("delete", "foreign", f"DELETE FROM {self._table} WHERE {_COUNTS}", reaches=True)
        if inside is not None:
            yield from self._own(inside, outside)
            # All that such an UPDATE reaches is given away, but only where that is the tenant's own row.
            yield Statement("update", "foreign", taken + _ONLY_OWN, before=taken + _COUNTS)

    def _own(self, inside: str, outside: str) -> Iterator[Statement]:
        own = f"WHERE {self._key} = {literal(inside)}"
        yield Statement("select", "own", f"SELECT 1 FROM {self._table} {own}")
        yield Statement("insert", "own", self._insertions[inside])
        yield Statement("update", "own", f"UPDATE {self._table} SET {self._key} = {self._key} {own}")
        yield Statement("delete", "own", f"DELETE FROM {self._table} {own}")
        yield Statement("update", "foreign", f"UPDATE {self._table} SET {self._key} = {literal(outside)} {own}")

    def _select_foreign(self, inside: str | None) -> str:
        if inside is None:
            return self.all_rows
        return f"SELECT 1 FROM {self._table} WHERE {self._key} IS DISTINCT FROM {literal(inside)} LIMIT 100"


def literal(value: Any) -> str:
    """A value as SQL text."""
    return sql.Literal(value).as_string()
