"""The statements that probe one table in one context: whose row each goes for."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, LiteralString

from psycopg import sql

from policies.facts.probes import Aim, Command, Context
from policies.facts.relations import Relation

TENANT_SETTING = "app.tenant_id"
MALFORMED = "not-a-uuid"
_REACHED = "aqdata.reached"

Query = sql.Composed


@dataclass(frozen=True, slots=True)
class Tenants:
    """Two tenants that exist in one transaction only."""

    own: str
    other: str

    def setting(self, context: Context) -> str | None:
        """The value of the tenant setting in this context; None leaves it unset."""
        values = {"empty": "", "own": self.own, "other": self.other, "malformed": MALFORMED}
        return values.get(context)

    def inside(self, context: Context) -> str | None:
        """The tenant of the context, if it names one."""
        return {"own": self.own, "other": self.other}.get(context)

    def outside(self, context: Context) -> str:
        """A tenant that the context does not name."""
        return self.own if context == "other" else self.other


@dataclass(frozen=True)
class Statement:
    """One probe. With `reaches` the rows that its filter lets through count, and none is changed or locked."""

    command: Command
    aim: Aim
    query: Query
    reaches: bool = False


@dataclass(frozen=True)
class Target:
    """A table under test, with one valid row for each tenant; `parents` have to be filled before it, in order."""

    relation: Relation
    key: str
    rows: Mapping[str, Mapping[str, Any]]
    parents: tuple["Target", ...] = ()

    @property
    def name(self) -> str:
        """`schema.table`."""
        return self.relation.qualified_name

    def _composed(self, template: LiteralString, **parts: sql.Composable) -> Query:
        return sql.SQL(template).format(
            table=sql.Identifier(*self.relation.address), key=sql.Identifier(self.key), **parts
        )

    def insertion(self, tenant: str) -> Query:
        """An INSERT of the tenant's row."""
        row = self.rows[tenant]
        return self._composed(
            "INSERT INTO {table} ({columns}) VALUES ({values})",
            columns=sql.SQL(", ").join(map(sql.Identifier, row)),
            values=sql.SQL(", ").join(map(sql.Literal, row.values())),
        )

    def statements(self, context: Context, tenants: Tenants) -> Iterator[Statement]:
        """Every command, aimed at the context's own rows where it names a tenant, and at another's."""
        inside, outside = tenants.inside(context), tenants.outside(context)
        yield Statement("select", "foreign", self._select_foreign(inside))
        yield Statement("insert", "foreign", self.insertion(outside))
        yield from self._changes("foreign", outside)
        update = self._reach("UPDATE {table} SET {key} = {tenant} WHERE {reached}", outside)
        yield Statement("update", "foreign", update, reaches=True)
        yield Statement("delete", "foreign", self._reach("DELETE FROM {table} WHERE {reached}", outside), reaches=True)
        if inside is not None:
            yield Statement("select", "own", self._with("SELECT 1 FROM {table} WHERE {key} = {tenant}", inside))
            yield Statement("insert", "own", self.insertion(inside))
            yield from self._changes("own", inside)
            yield Statement("update", "foreign", self._move(inside, outside))

    def all_rows(self) -> Query:
        """Whatever is visible."""
        return self._composed("SELECT 1 FROM {table} LIMIT 100")

    def prepared(self, name: str, tenant: str) -> Query:
        """PREPARE a SELECT of the tenant's rows."""
        return self._composed(
            "PREPARE {name} AS SELECT 1 FROM {table} WHERE {key} = {tenant}",
            name=sql.Identifier(name),
            tenant=sql.Literal(tenant),
        )

    def copy_out(self) -> Query:
        """The tenant column of the whole table, as COPY sees it."""
        return self._composed("COPY {table} ({key}) TO STDOUT")

    def copy_in(self) -> Query:
        """A COPY into the table, which row security forbids."""
        return self._composed("COPY {table} ({key}) FROM STDIN")

    def _changes(self, aim: Aim, tenant: str) -> Iterator[Statement]:
        yield Statement("update", aim, self._with("UPDATE {table} SET {key} = {key} WHERE {key} = {tenant}", tenant))
        yield Statement("delete", aim, self._with("DELETE FROM {table} WHERE {key} = {tenant}", tenant))

    def _select_foreign(self, inside: str | None) -> Query:
        if inside is None:
            return self._composed("SELECT 1 FROM {table} LIMIT 100")
        return self._with("SELECT 1 FROM {table} WHERE {key} IS DISTINCT FROM {tenant} LIMIT 100", inside)

    def _with(self, template: LiteralString, tenant: str) -> Query:
        return self._composed(template, tenant=sql.Literal(tenant))

    def _move(self, inside: str, outside: str) -> Query:
        template = "UPDATE {table} SET {key} = {outside} WHERE {key} = {inside}"
        return self._composed(template, inside=sql.Literal(inside), outside=sql.Literal(outside))

    def takeover(self, outside: str) -> Statement:
        """Give away every row that an UPDATE without WHERE reaches: no SELECT policy stands in its way.

        To be run only where `reaches` has shown that those are the tenant's own rows.
        """
        return Statement("update", "foreign", self._with("UPDATE {table} SET {key} = {tenant}", outside))

    def _reach(self, template: LiteralString, tenant: str) -> Query:
        # Neither condition nor value names a column, so PostgreSQL adds no SELECT policy. The condition is volatile and
        # not leakproof, so it runs after the policy, for each row let through; it is never true, so no row is locked.
        count = sql.SQL("set_config({name}, (current_setting({name})::int + 1)::text, true) IS NULL")
        reached = count.format(name=sql.Literal(_REACHED))
        return self._composed(template, reached=reached, tenant=sql.Literal(tenant))


RESET_REACHED = f"SELECT set_config('{_REACHED}', '0', true)"
READ_REACHED = f"SELECT current_setting('{_REACHED}')::int"
