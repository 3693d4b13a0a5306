"""One database's catalog, and what follows from it: memberships and privileges, by PostgreSQL's own rules."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from policies.facts.access import PUBLIC, Acl, DefaultPrivilege, Grant, Membership, Role, RoleSetting, SystemGrant
from policies.facts.relations import (
    Column,
    Constraint,
    Index,
    Policy,
    PolicyCommand,
    Relation,
    RewriteRule,
    Trigger,
)
from policies.facts.routines import Cast, EventTrigger, Function, Language
from policies.facts.server import (
    AppliedChangeset,
    Archiver,
    Extension,
    HbaRule,
    Publication,
    Replica,
    ReplicationSlot,
    Setting,
    Subscription,
)

__all__ = [
    "PUBLIC",
    "Acl",
    "AppliedChangeset",
    "Archiver",
    "Cast",
    "Catalog",
    "Column",
    "Constraint",
    "DefaultPrivilege",
    "EventTrigger",
    "Extension",
    "Function",
    "Grant",
    "HbaRule",
    "Index",
    "Language",
    "Membership",
    "Policy",
    "PolicyCommand",
    "Publication",
    "Relation",
    "Replica",
    "ReplicationSlot",
    "RewriteRule",
    "Role",
    "RoleSetting",
    "Schema",
    "Setting",
    "Subscription",
    "SystemGrant",
    "Trigger",
]


DATABASE_OWNER = "pg_database_owner"
"""The predefined role whose only member is the database's owner, which no catalog lists."""


@dataclass(frozen=True, slots=True)
class Schema:
    """A schema outside PostgreSQL's own."""

    name: str
    owner: str
    acl: Acl = ()


@dataclass(frozen=True)
class Catalog:
    """A database of one instance as a source saw it.

    `unread` names the parts that could not be read, with the reason; `unmodelled` the statements that a
    parser could not follow. What is in neither is complete.
    """

    instance: str
    database: str
    database_owner: str = ""
    database_acl: Acl = ()
    version: int = 0
    is_replica: bool = False
    roles: tuple[Role, ...] = ()
    memberships: tuple[Membership, ...] = ()
    schemas: tuple[Schema, ...] = ()
    relations: tuple[Relation, ...] = ()
    functions: tuple[Function, ...] = ()
    event_triggers: tuple[EventTrigger, ...] = ()
    languages: tuple[Language, ...] = ()
    casts: tuple[Cast, ...] = ()
    system_grants: tuple[SystemGrant, ...] = ()
    default_privileges: tuple[DefaultPrivilege, ...] = ()
    role_settings: tuple[RoleSetting, ...] = ()
    settings: tuple[Setting, ...] = ()
    hba_rules: tuple[HbaRule, ...] = ()
    extensions: tuple[Extension, ...] = ()
    publications: tuple[Publication, ...] = ()
    subscriptions: tuple[Subscription, ...] = ()
    replication_slots: tuple[ReplicationSlot, ...] = ()
    replicas: tuple[Replica, ...] = ()
    archiver: Archiver | None = None
    changesets: tuple[AppliedChangeset, ...] = ()
    large_objects: int = 0
    unread: Mapping[str, str] = field(default_factory=dict)
    unmodelled: tuple[str, ...] = ()

    @cached_property
    def _relations(self) -> dict[tuple[str, str], Relation]:
        return {relation.address: relation for relation in self.relations}

    @cached_property
    def _roles(self) -> dict[str, Role]:
        return {role.name: role for role in self.roles}

    @cached_property
    def _settings(self) -> dict[str, Setting]:
        return {setting.name: setting for setting in self.settings}

    @cached_property
    def _memberships_of(self) -> dict[str, list[Membership]]:
        grouped = defaultdict(list)
        for membership in self.memberships:
            grouped[membership.member].append(membership)
        return dict(grouped)

    @cached_property
    def _children(self) -> dict[tuple[str, str], list[Relation]]:
        grouped = defaultdict(list)
        for relation in self.relations:
            for parent in relation.parents:
                grouped[parent].append(relation)
        return dict(grouped)

    @cached_property
    def _inherited(self) -> dict[str, frozenset[str]]:
        return {}

    def relation(self, schema: str, name: str) -> Relation | None:
        """The relation of that address."""
        return self._relations.get((schema, name))

    def role(self, name: str) -> Role | None:
        """The role of that name."""
        return self._roles.get(name)

    def setting(self, name: str) -> Setting | None:
        """The setting of that name."""
        return self._settings.get(name)

    def schema(self, name: str) -> Schema | None:
        """The schema of that name."""
        return next((schema for schema in self.schemas if schema.name == name), None)

    def relations_in(self, schema: str) -> Iterator[Relation]:
        """The relations of a schema."""
        return (relation for relation in self.relations if relation.schema == schema)

    def children_of(self, relation: Relation) -> list[Relation]:
        """Partitions, inheritance children and chunks, directly below."""
        return self._children.get(relation.address, [])

    def descendants_of(self, relation: Relation) -> Iterator[Relation]:
        """All that is below, however deep."""
        for child in self.children_of(relation):
            yield child
            yield from self.descendants_of(child)

    def inherited_roles(self, role: str) -> frozenset[str]:
        """The role and every role whose privileges it has without SET ROLE."""
        known = self._inherited.get(role)
        if known is None:
            known = self._closure(role, lambda membership: membership.inherits)
            self._inherited[role] = known
        return known

    def reachable_roles(self, role: str) -> frozenset[str]:
        """The role and every role it is a member of in any way; an admin can always grant itself the rest."""
        return self._closure(role, lambda _: True)

    def settable_roles(self, role: str) -> frozenset[str]:
        """The role and every role that it may become with SET ROLE, by what it is or by what it may grant itself.

        Whoever inherits from an administrator of a role can grant it.
        """
        reached, frontier = {role}, [role]
        while frontier:
            for user in self.inherited_roles(frontier.pop()):
                for membership in self._memberships_of.get(user, []):
                    may_become = membership.is_admin or (membership.may_set and user in reached)
                    if may_become and membership.role not in reached:
                        reached.add(membership.role)
                        frontier.append(membership.role)
        return frozenset(reached)

    def _closure(self, role: str, follows: Callable[[Membership], bool]) -> frozenset[str]:
        reached, frontier = {role}, [role]
        while frontier:
            member = frontier.pop()
            groups = {each.role for each in self._memberships_of.get(member, []) if follows(each)}
            if member == self.database_owner:
                groups.add(DATABASE_OWNER)
            frontier += groups - reached
            reached |= groups
        return frozenset(reached)

    def is_superuser(self, role: str) -> bool:
        """Whether the role itself is a superuser."""
        found = self.role(role)
        return found is not None and found.is_superuser

    def grantees(self, role: str) -> frozenset[str]:
        """Every grantee whose grants the role has: itself, what it inherits, and PUBLIC."""
        return self.inherited_roles(role) | {PUBLIC}

    def privileges(self, role: str, acl: Acl) -> frozenset[str]:
        """What the role may do with an object of this ACL, membership and PUBLIC counted; not superuser powers."""
        grantees = self.grantees(role)
        return frozenset(grant.privilege for grant in acl if grant.grantee in grantees)
