"""A service's share of the data layer: its instance, schema, tables, cache entries and buckets."""

from pydantic import model_validator

from infra.model.declaration import Declaration
from infra.model.identifier import PhysicalName, SqlName
from infra.model.storage import Bucket, CacheEntry
from infra.model.table import Function, Table


class Service(Declaration):
    """One `infra/services/<name>.yaml`. The schema carries the service's name; `short` stands in cache keys.

    `settings` are PostgreSQL settings of the app's sessions beyond those that every service has.
    """

    name: SqlName
    short: SqlName
    description: str
    instance: PhysicalName
    tables: dict[SqlName, Table]
    functions: dict[SqlName, Function] = {}
    settings: dict[SqlName, str] = {}
    cache: dict[SqlName, CacheEntry] = {}
    buckets: dict[PhysicalName, Bucket] = {}

    @property
    def schema_name(self) -> str:
        """The schema on the service's instance."""
        return self.name

    @property
    def owner(self) -> str:
        """The role that owns the schema's objects; it cannot log in."""
        return f"{self.name}_owner"

    @property
    def migrator(self) -> str:
        """The login that applies the changelog, as a member of the owner."""
        return f"{self.name}_migrator"

    @property
    def app(self) -> str:
        """The service's own login."""
        return f"{self.name}_app"

    @property
    def readonly(self) -> str:
        """The login for reports and support, also inside one tenant at a time."""
        return f"{self.name}_readonly"

    @property
    def logins(self) -> tuple[str, ...]:
        """Every role of the service that may log in."""
        return (self.migrator, self.app, self.readonly)

    @model_validator(mode="after")
    def _children_have_parents(self) -> "Service":
        for name, table in self.tables.items():
            if table.of is not None and (table.of not in self.tables or table.of == name):
                raise ValueError(f"tables.{name}.of: '{table.of}' is no other table of {self.name}")
            if table.of is not None and not self.tables[table.of].is_tenant_scoped:
                raise ValueError(f"tables.{name}.of: '{table.of}' is global; a child's parent has a tenant")
        return self
