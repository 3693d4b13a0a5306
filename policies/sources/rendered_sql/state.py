"""A database while SQL changes it: the same facts as a catalog, in dictionaries."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from policies.facts.access import PUBLIC, Acl, DefaultPrivilege, Grant, Membership, Role, RoleSetting
from policies.facts.catalog import Catalog, Schema
from policies.facts.relations import Relation
from policies.facts.routines import EventTrigger, Function, Language
from policies.facts.server import Extension, Publication, Setting
from policies.sources.rendered_sql import acl

SUPERUSER = "postgres"
SYSTEM = "pg_catalog"
Address = tuple[str, str]
_DEFAULTS_OF = {"table": "tables", "sequence": "sequences", "function": "functions", "schema": "schemas"}


@dataclass
class Database:
    """One database and its server, as a fresh one begins; the session's role and path are part of it."""

    name: str
    instance: str
    owner: str = SUPERUSER
    role: str = SUPERUSER
    session_role: str = SUPERUSER
    search_path: tuple[str, ...] = ("public",)
    acl: Acl = field(default_factory=lambda: acl.initial("database", SUPERUSER))
    roles: dict[str, Role] = field(default_factory=dict)
    memberships: dict[tuple[str, str], Membership] = field(default_factory=dict)
    schemas: dict[str, Schema] = field(default_factory=dict)
    relations: dict[Address, Relation] = field(default_factory=dict)
    functions: dict[tuple[str, str, str], Function] = field(default_factory=dict)
    enums: dict[str, tuple[str, ...]] = field(default_factory=dict)
    event_triggers: dict[str, EventTrigger] = field(default_factory=dict)
    languages: dict[str, Language] = field(default_factory=dict)
    defaults: dict[tuple[str, str | None, str], Acl] = field(default_factory=dict)
    role_settings: dict[tuple[str | None, str | None, str], str] = field(default_factory=dict)
    settings: dict[str, str] = field(default_factory=dict)
    extensions: dict[str, Extension] = field(default_factory=dict)
    publications: dict[str, Publication] = field(default_factory=dict)
    unmodelled: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.roles[SUPERUSER] = Role(SUPERUSER, True, True, True, True, True, True)
        self.languages["plpgsql"] = Language("plpgsql", True, acl.initial("language", SUPERUSER))
        public = (*acl.initial("schema", "pg_database_owner"), Grant(PUBLIC, "USAGE", False, "pg_database_owner"))
        self.schemas["public"] = Schema("public", "pg_database_owner", public)

    def log_in(self, role: str, search_path: Iterable[str]) -> None:
        """Begin a session."""
        self.role = self.session_role = role
        self.search_path = tuple(search_path)

    def creation_schema(self) -> str:
        """Where an unqualified name is created."""
        return next((name for name in self.search_path if name in self.schemas), "public")

    def resolve(self, schema: str | None, name: str) -> Address:
        """The relation that a name means, or where it would be."""
        if schema or name.startswith("pg_"):
            return (schema or SYSTEM, name)
        found = ((path, name) for path in self.search_path if (path, name) in self.relations)
        return next(found, (self.creation_schema(), name))

    def initial_acl(self, kind: str, schema: str | None) -> Acl:
        """What a new object of the current role grants: the implied grants changed by ALTER DEFAULT PRIVILEGES."""
        everywhere = self.defaults.get((self.role, None, _DEFAULTS_OF[kind]))
        base = acl.initial(kind, self.role) if everywhere is None else everywhere
        return acl.granted(base, self.defaults.get((self.role, schema, _DEFAULTS_OF[kind]), ()) if schema else ())

    def change(self, address: Address, change: Callable[[Relation], Relation]) -> None:
        """Replace a relation by what `change` makes of it; an unknown one is noted."""
        if address in self.relations:
            self.relations[address] = change(self.relations[address])
        elif address[0] != SYSTEM:
            self.unmodelled.append(f"relation {'.'.join(address)} is not known")

    def find_functions(self, schema: str | None, name: str) -> list[Function]:
        """The functions of that name."""
        schemas = (schema,) if schema else self.search_path
        return [found for found in self.functions.values() if found.schema in schemas and found.name == name]

    def put_function(self, function: Function) -> None:
        """Add or replace a function."""
        self.functions[function.schema, function.name, function.signature] = function

    def add_role(self, role: Role) -> None:
        """Add a role that is not there yet."""
        self.roles.setdefault(role.name, role)

    def catalog(self) -> Catalog:
        """The facts."""
        return Catalog(
            instance=self.instance,
            database=self.name,
            database_owner=self.owner,
            database_acl=self.acl,
            version=170000,
            roles=tuple(self.roles.values()),
            memberships=tuple(self.memberships.values()),
            schemas=tuple(self.schemas.values()),
            relations=tuple(self.relations.values()),
            functions=tuple(self.functions.values()),
            event_triggers=tuple(self.event_triggers.values()),
            languages=tuple(self.languages.values()),
            default_privileges=tuple(self._default_privileges()),
            role_settings=tuple(RoleSetting(*key, value) for key, value in self.role_settings.items()),
            settings=tuple(Setting(name, value, source="configuration file") for name, value in self.settings.items()),
            extensions=tuple(self.extensions.values()),
            publications=tuple(self.publications.values()),
            unmodelled=tuple(self.unmodelled),
        )

    def _default_privileges(self) -> Iterable[DefaultPrivilege]:
        for (role, schema, objects), grants in self.defaults.items():
            yield DefaultPrivilege(role, schema, objects, grants)  # type: ignore[arg-type]  # keys come from _DEFAULTS_OF

    def set_owner(self, address: Address, owner: str) -> None:
        """Give a relation to another role."""
        self.change(
            address,
            lambda relation: replace(relation, owner=owner, acl=acl.owned_by(relation.acl, relation.owner, owner)),
        )
