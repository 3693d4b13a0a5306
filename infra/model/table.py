"""A table's tenancy and access, as declared by its service."""

from typing import Literal

from pydantic import model_validator

from infra.model.declaration import Declaration
from infra.model.identifier import SqlName
from infra.model.quantity import Seconds

Tenancy = Literal["tenant", "child", "global"]
Schedule = Literal["hourly", "daily"]
Privilege = Literal["select", "insert", "update", "delete"]
ALL_PRIVILEGES: tuple[Privilege, ...] = ("select", "insert", "update", "delete")


class Grants(Declaration):
    """What the service's login roles may do with a table."""

    app: tuple[Privilege, ...] = ALL_PRIVILEGES
    readonly: tuple[Privilege, ...] = ("select",)


class Table(Declaration):
    """One table of a service.

    `tenant`: each row belongs to the tenant in column `key`. `child`: the same, and `key` is kept equal to the
    key of the parent `of` by a composite foreign key. `global`: rows belong to no tenant, for a `reason`.
    `global_keys`: unique keys without the tenant key, each an existence oracle accepted for the reason given.
    `retention`: how long rows of a hypertable are kept; a declared function with a `schedule` drops older ones.
    `sample`: column values for probes and demo data where type and constraints do not suffice; `{unique}` in a text
    stands for something that no other row has.
    """

    tenancy: Tenancy
    key: SqlName | None = None
    of: SqlName | None = None
    reason: str = ""
    grants: Grants = Grants()
    global_keys: dict[SqlName, str] = {}
    retention: Seconds | None = None
    sample: dict[SqlName, str | int | float | bool | None] = {}

    @property
    def is_tenant_scoped(self) -> bool:
        """Whether every row belongs to exactly one tenant."""
        return self.tenancy != "global"

    @model_validator(mode="after")
    def _tenancy_is_complete(self) -> "Table":
        if self.is_tenant_scoped and self.key is None:
            raise ValueError(f"a table with tenancy '{self.tenancy}' needs 'key', its tenant column")
        if self.tenancy == "child" and self.of is None:
            raise ValueError("a table with tenancy 'child' needs 'of', its parent table")
        if self.tenancy == "global" and not self.reason:
            raise ValueError("a table with tenancy 'global' needs 'reason'")
        if self.tenancy == "global" and (self.key or self.of):
            raise ValueError("a table with tenancy 'global' has neither 'key' nor 'of'")
        return self


class Function(Declaration):
    """A SECURITY DEFINER function: it acts beyond its caller's rows, so each one is declared with a reason.

    `signature` is its argument types as PostgreSQL prints them, e.g. `uuid`. One with a `schedule` takes none;
    `aqdata sql maintain` calls it that often as the service's app.
    """

    signature: str
    reason: str
    executable_by: tuple[Literal["app", "readonly"], ...] = ("app",)
    schedule: Schedule | None = None

    @model_validator(mode="after")
    def _scheduled_takes_nothing(self) -> "Function":
        if self.schedule is not None and (self.signature or "app" not in self.executable_by):
            raise ValueError("a function with 'schedule' has an empty 'signature' and is executable by the app")
        return self
