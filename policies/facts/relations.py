"""Tables and what hangs on them: columns, constraints, indexes, policies, triggers, rules and views."""

import re
from dataclasses import dataclass
from typing import Literal

from policies.facts.access import Acl

_SETS = re.compile(r"ON (?:DELETE|UPDATE) SET (?:NULL|DEFAULT)(?: \(([^)]*)\))?")
_NAME = re.compile(r'"[^"]+"|\w+')

RelationKind = Literal["table", "partitioned table", "view", "materialized view", "foreign table", "sequence"]
PolicyCommand = Literal["all", "select", "insert", "update", "delete"]
ConstraintKind = Literal["primary key", "unique", "foreign key", "check", "exclusion", "not null", "trigger"]


@dataclass(frozen=True, slots=True)
class Column:
    """A column; `type` as `format_type` prints it, `default` as SQL text, `labels` those of an enum type.

    With a loose collation texts of different bytes can be equal.
    """

    name: str
    type: str
    not_null: bool = False
    default: str | None = None
    is_identity: bool = False
    is_generated: bool = False
    labels: tuple[str, ...] = ()
    acl: Acl = ()
    comment: str | None = None
    has_loose_collation: bool = False


@dataclass(frozen=True, slots=True)
class Constraint:
    """A constraint; `definition` as `pg_get_constraintdef` prints it, `references` as (schema, table).

    One whose triggers are off counts as not validated: nobody checks it.
    """

    name: str
    kind: ConstraintKind
    columns: tuple[str, ...]
    definition: str
    references: tuple[str, str] | None = None
    referenced_columns: tuple[str, ...] = ()
    is_validated: bool = True
    on_delete: str = "no action"

    @property
    def written_columns(self) -> tuple[str, ...]:
        """The columns that a foreign key's ON DELETE or ON UPDATE sets to null or to their default."""
        actions = _SETS.findall(self.definition) if self.kind == "foreign key" else []
        named = [tuple(_NAME.findall(columns)) or self.columns for columns in actions]
        return tuple(column.strip('"') for columns in named for column in columns)

    @property
    def is_key(self) -> bool:
        """Whether it identifies rows: a primary key or unique constraint."""
        return self.kind in ("primary key", "unique")


@dataclass(frozen=True, slots=True)
class Index:
    """An index; `columns` are key columns in order, an expression as its text; `predicate` as SQL text."""

    name: str
    columns: tuple[str, ...]
    is_unique: bool = False
    is_primary: bool = False
    is_valid: bool = True
    predicate: str | None = None
    method: str = "btree"
    definition: str = ""


@dataclass(frozen=True, slots=True)
class Policy:
    """A row-security policy; `roles` holds PUBLIC where it names none; expressions are SQL text or None."""

    name: str
    command: PolicyCommand = "all"
    is_permissive: bool = True
    roles: tuple[str, ...] = ("public",)
    using: str | None = None
    check: str | None = None

    def applies_to(self, command: PolicyCommand, roles: frozenset[str]) -> bool:
        """Whether it filters this command for somebody who has these roles' privileges."""
        return self.command in ("all", command) and bool(roles.intersection(self.roles) or "public" in self.roles)


@dataclass(frozen=True, slots=True)
class Trigger:
    """A trigger that somebody made; `function` as (schema, name); `enabled` as in `pg_trigger.tgenabled`."""

    name: str
    function: tuple[str, str]
    definition: str
    enabled: str = "O"


@dataclass(frozen=True, slots=True)
class RewriteRule:
    """A rewrite rule other than a view's own."""

    name: str
    definition: str


@dataclass(frozen=True, slots=True)
class Relation:
    """A relation with all that hangs on it; `options` are its reloptions, `parents` what it inherits from.

    `held_rows` is how many rows a running server counts in it, None where it does not know.
    """

    schema: str
    name: str
    kind: RelationKind
    owner: str
    acl: Acl = ()
    row_security: bool = False
    force_row_security: bool = False
    columns: tuple[Column, ...] = ()
    constraints: tuple[Constraint, ...] = ()
    indexes: tuple[Index, ...] = ()
    policies: tuple[Policy, ...] = ()
    triggers: tuple[Trigger, ...] = ()
    rules: tuple[RewriteRule, ...] = ()
    parents: tuple[tuple[str, str], ...] = ()
    options: tuple[tuple[str, str], ...] = ()
    definition: str | None = None
    is_partition: bool = False
    is_hypertable: bool = False
    held_rows: int | None = None

    @property
    def address(self) -> tuple[str, str]:
        """(schema, name)."""
        return (self.schema, self.name)

    @property
    def qualified_name(self) -> str:
        """`schema.name`."""
        return f"{self.schema}.{self.name}"

    @property
    def holds_rows(self) -> bool:
        """Whether it is a table of one kind or another."""
        return self.kind in ("table", "partitioned table", "foreign table")

    @property
    def is_view(self) -> bool:
        """Whether reading it runs a query."""
        return self.kind == "view"

    @property
    def is_security_invoker(self) -> bool:
        """Whether a view reads its tables as whoever queries it."""
        return dict(self.options).get("security_invoker", "false") in ("true", "on", "1", "yes")

    def column(self, name: str) -> Column | None:
        """The column of that name."""
        return next((column for column in self.columns if column.name == name), None)
