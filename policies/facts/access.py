"""Who may do what in a PostgreSQL server: roles, memberships, grants and defaults for objects made later."""

from dataclasses import dataclass
from typing import Literal

PUBLIC = "public"
"""The grantee that stands for every role; no role can carry this name."""


@dataclass(frozen=True, slots=True)
class Grant:
    """One row of `aclexplode`: the implied grants of an object without an ACL are spelled out too."""

    grantee: str
    privilege: str
    grantable: bool = False
    grantor: str = ""


Acl = tuple[Grant, ...]


@dataclass(frozen=True, slots=True)
class Role:
    """A row of `pg_roles`. `connection_limit` -1 means none; `valid_until` is None or ISO text."""

    name: str
    can_login: bool = False
    is_superuser: bool = False
    bypasses_row_security: bool = False
    can_replicate: bool = False
    can_create_role: bool = False
    can_create_database: bool = False
    inherits: bool = True
    connection_limit: int = -1
    valid_until: str | None = None


@dataclass(frozen=True, slots=True)
class Membership:
    """`member` belongs to `role`: with `inherits` it has its privileges, with `may_set` it may become it."""

    role: str
    member: str
    is_admin: bool = False
    inherits: bool = True
    may_set: bool = True
    grantor: str = ""


@dataclass(frozen=True, slots=True)
class SystemGrant:
    """A privilege on one of PostgreSQL's own objects that initdb did not give.

    `object` is its kind and name: `function pg_read_file(text)`, `relation pg_statistic`, `column pg_authid.rolname`,
    `parameter session_replication_role`.
    """

    object: str
    grantee: str
    privilege: str


DefaultObject = Literal["tables", "sequences", "functions", "types", "schemas"]


@dataclass(frozen=True, slots=True)
class DefaultPrivilege:
    """What objects that `role` makes later will grant, in one schema or, with `schema` None, everywhere."""

    role: str
    schema: str | None
    objects: DefaultObject
    acl: Acl


@dataclass(frozen=True, slots=True)
class RoleSetting:
    """A row of `pg_db_role_setting`; None for role or database means all of them."""

    role: str | None
    database: str | None
    name: str
    value: str
