"""A witness as SQL: what has to exist, who acts, and the statement that should have been impossible."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from psycopg import sql

from policies.facts.catalog import Catalog, Column, Relation
from policies.proof.obligation import TOKEN_FOR, PlantedRow, Scalar, Some, Witness
from policies.proof.privileges import columns_allowed
from policies.sources.live.probes.values import checked_values, plain_value

Samples = Mapping[tuple[str, str], Mapping[str, Any]]
"""Declared sample values by table, for columns whose type and constraints do not suffice."""


@dataclass(frozen=True)
class Script:
    """The statements of one witness; run by `replay`, printed for whoever wants to see it again."""

    witness: Witness
    catalog: Catalog
    samples: Samples

    @property
    def relation(self) -> Relation:
        """What the acting role names."""
        found = self.catalog.relation(*self.witness.relation)
        if found is None:
            raise KeyError(self.witness.relation)
        return found

    def plant(self, row: PlantedRow) -> sql.Composed:
        """INSERT of a row that has to exist, with values for whatever else the table requires."""
        relation = self.catalog.relation(*row.relation)
        if relation is None:
            raise KeyError(row.relation)
        return _insert(relation, self._whole(relation, row.values))

    def become(self) -> Iterator[sql.Composable]:
        """Log in as the login, take the role, and set the session's settings."""
        witness = self.witness
        yield from self.tokens(witness.settings)
        yield sql.SQL("SET LOCAL SESSION AUTHORIZATION {}").format(sql.Identifier(witness.login))
        if witness.user != witness.login:
            if witness.user not in self._settable(witness.login):
                yield sql.SQL("GRANT {} TO {} WITH SET TRUE").format(
                    sql.Identifier(witness.user), sql.Identifier(witness.login)
                )
            yield sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(witness.user))
        yield from self.settings(witness.settings)

    def _settable(self, login: str) -> set[str]:
        """The roles that the login may become as things stand, before it uses any ADMIN option."""
        reached = {login}
        while more := {m.role for m in self.catalog.memberships if m.may_set and m.member in reached} - reached:
            reached |= more
        return reached

    def settings(self, chosen: Mapping[str, str]) -> Iterator[sql.Composable]:
        """The settings that a session may make itself, for this transaction."""
        for name, value in chosen.items():
            if value.startswith(TOKEN_FOR):
                continue
            yield sql.SQL("SELECT set_config({}, {}, true)").format(sql.Literal(name), sql.Literal(value))

    def tokens(self, chosen: Mapping[str, str]) -> Iterator[sql.Composable]:
        """The tokens among the settings, which the superuser has signed."""
        for name, value in chosen.items():
            if value.startswith(TOKEN_FOR):
                signed = sql.SQL("tenant_context.token_for({})").format(value.removeprefix(TOKEN_FOR))
                yield sql.SQL("SELECT set_config({}, {}, true)").format(sql.Literal(name), signed)

    def refresh(self) -> Iterator[sql.Composable]:
        """Refresh the materialised view as its owner would."""
        yield from self.tokens(self.witness.refreshed_with or {})
        yield sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(self.relation.owner))
        yield from self.settings(self.witness.refreshed_with or {})
        yield sql.SQL("REFRESH MATERIALIZED VIEW {}").format(_name(self.relation))

    def observe(self) -> sql.Composed:
        """A query whose answer a foreign row must not change."""
        if self.relation.kind in ("view", "materialized view"):
            query = "SELECT count(*), md5(string_agg(shown::text, ',' ORDER BY shown::text)) FROM {} AS shown"
            return sql.SQL(query).format(_name(self.relation))
        return sql.SQL("SELECT count(*) FROM {}").format(_name(self.relation)) + self._where(self.witness.target)

    def attack(self) -> sql.Composable:
        """The statement that is the leak."""
        witness = self.witness
        if witness.statement:
            return sql.SQL(witness.statement)
        match witness.command:
            case "INSERT" | "KEY":
                return self._insertion()
            case "UPDATE":
                return self._update()
            case "DELETE":
                return sql.SQL("DELETE FROM {}").format(_name(self.relation)) + self._where(witness.target)
        return self.observe()

    def _insertion(self) -> sql.Composed:
        values = self._whole(self.relation, self.witness.written.values if self.witness.written else {})
        allowed = columns_allowed(self.catalog, self.witness.user, self.relation, "INSERT")
        return _insert(self.relation, {name: value for name, value in values.items() if name in allowed})

    def _update(self) -> sql.Composed:
        before = self.witness.target.values if self.witness.target else {}
        after = self.witness.written.values if self.witness.written else {}
        allowed = columns_allowed(self.catalog, self.witness.user, self.relation, "UPDATE")
        changed = {name: value for name, value in after.items() if name in allowed and value != before.get(name)}
        changed = changed or {name: value for name, value in after.items() if name in allowed}
        changed = changed or self._any_column(allowed)
        assignments = [sql.SQL("{} = {}").format(sql.Identifier(name), _literal(v)) for name, v in changed.items()]
        update = sql.SQL("UPDATE {} SET ").format(_name(self.relation)) + sql.SQL(", ").join(assignments)
        return update + self._where(self.witness.target)

    def _any_column(self, allowed: frozenset[str]) -> dict[str, Any]:
        whole = self._whole(self.relation, {})
        columns = [column for column in self.relation.columns if column.name in allowed]
        return {column.name: whole.get(column.name, plain_value(column, 0)) for column in columns[:1]}

    def _where(self, row: PlantedRow | None) -> sql.Composable:
        """The row, by the columns that the user may read."""
        readable = columns_allowed(self.catalog, self.witness.user, self.relation, "SELECT")
        values = {} if row is None or self.witness.blind else row.values
        parts = [_equals(name, value) for name, value in values.items() if name in readable and value is not Some.VALUE]
        return sql.SQL(" WHERE ") + sql.SQL(" AND ").join(parts) if parts else sql.SQL("")

    def _whole(self, relation: Relation, values: Mapping[str, Scalar]) -> dict[str, Any]:
        sample = self.samples.get(relation.address, {})
        demanded = checked_values(relation)
        whole: dict[str, Any] = {}
        for position, column in enumerate(relation.columns):
            given = values.get(column.name)
            if column.name in values and given is not Some.VALUE:
                whole[column.name] = given
            elif given is Some.VALUE or _is_required(column):
                plain = demanded.get(column.name, plain_value(column, position))
                whole[column.name] = sample.get(column.name, plain)
        return whole


def _is_required(column: Column) -> bool:
    return column.not_null and column.default is None and not column.is_identity and not column.is_generated


def _name(relation: Relation) -> sql.Identifier:
    return sql.Identifier(relation.schema, relation.name)


def _literal(value: Any) -> sql.Composable:
    return sql.Literal(value)


def _equals(name: str, value: Scalar) -> sql.Composable:
    if value is None:
        return sql.SQL("{} IS NULL").format(sql.Identifier(name))
    return sql.SQL("{} = {}").format(sql.Identifier(name), _literal(value))


def _insert(relation: Relation, values: Mapping[str, Any]) -> sql.Composed:
    if not values:
        return sql.SQL("INSERT INTO {} DEFAULT VALUES").format(_name(relation))
    return sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(
        _name(relation),
        sql.SQL(", ").join(map(sql.Identifier, values)),
        sql.SQL(", ").join(map(_literal, values.values())),
    )
