"""The SQL that makes one object of a database as declared, and the command that runs it as superuser."""

import shlex
from collections.abc import Iterable, Iterator
from dataclasses import replace

from psycopg import sql

from infra.model.stack import Stack
from policies.facts.access import PUBLIC, Acl, DefaultPrivilege, Grant, Membership, Role, RoleSetting
from policies.facts.relations import Policy, Relation

_LISTS = ("search_path",)
"""Settings that hold a list of names, which is written without quotes around it."""

_EVERYBODY: dict[str, Acl] = {"functions": (Grant(PUBLIC, "EXECUTE"),), "types": (Grant(PUBLIC, "USAGE"),)}
"""What PostgreSQL lets everybody do with new objects where nothing else is said. Source: its manual, "Privileges"."""


def superuser_command(stack: Stack, instance: str, database: str, statements: Iterable[str]) -> str:
    """A shell command that runs the statements one by one on the instance's primary; empty where there are none."""
    told = " ".join(f"-c {shlex.quote(statement)}" for statement in statements)
    containers = [stack.physical(node) for node in stack.instances[instance].nodes(instance)]
    if not told:
        return ""
    psql = f"psql -U postgres -d {database} {told}"
    if len(containers) == 1:
        return f"docker exec {containers[0]} {psql}"
    return f"for node in {' '.join(containers)}; do docker exec $node aqstream-on-primary {psql}; done"


def role_statements(wanted: Role | None, found: Role | None) -> Iterator[str]:
    """Give a role its attributes, and take away one that is not declared; a missing one needs more than statements."""
    if found is None:
        return
    if wanted is None:
        yield f"DROP ROLE {name(found.name)}"
        return
    attributes = {
        "LOGIN": wanted.can_login,
        "SUPERUSER": wanted.is_superuser,
        "CREATEDB": wanted.can_create_database,
        "CREATEROLE": wanted.can_create_role,
        "REPLICATION": wanted.can_replicate,
        "BYPASSRLS": wanted.bypasses_row_security,
        "INHERIT": wanted.inherits,
    }
    options = " ".join(attribute if holds else f"NO{attribute}" for attribute, holds in attributes.items())
    yield f"ALTER ROLE {name(wanted.name)} WITH {options} CONNECTION LIMIT {wanted.connection_limit}"


def membership_statements(wanted: Membership | None, found: Membership | None) -> Iterator[str]:
    """Make a role a member with these options, or no member."""
    if found is not None:
        yield f"REVOKE {name(found.role)} FROM {name(found.member)}"
    if wanted is not None:
        options = {"INHERIT": wanted.inherits, "SET": wanted.may_set, "ADMIN": wanted.is_admin}
        spelled = ", ".join(f"{option} {str(holds).upper()}" for option, holds in options.items())
        yield f"GRANT {name(wanted.role)} TO {name(wanted.member)} WITH {spelled}"


def default_statements(wanted: DefaultPrivilege | None, found: DefaultPrivilege | None) -> Iterator[str]:
    """Change what objects that a role makes later will grant."""
    if (either := wanted or found) is None:
        return
    role, schema, objects = either.role, either.schema, either.objects
    implied = () if schema else _EVERYBODY.get(objects, ())
    yield from _default_changes(
        role, schema, objects, wanted.acl if wanted else implied, found.acl if found else implied
    )


def _default_changes(role: str, schema: str | None, objects: str, wanted: Acl, found: Acl) -> Iterator[str]:
    where = f"ALTER DEFAULT PRIVILEGES FOR ROLE {name(role)}" + (f" IN SCHEMA {name(schema)}" if schema else "")
    for grant in _only_in(found, wanted, but=role):
        yield f"{where} REVOKE {grant.privilege} ON {objects.upper()} FROM {name(grant.grantee)}"
    for grant in _only_in(wanted, found, but=role):
        grantable = " WITH GRANT OPTION" if grant.grantable else ""
        yield f"{where} GRANT {grant.privilege} ON {objects.upper()} TO {name(grant.grantee)}{grantable}"


def _only_in(these: Acl, others: Acl, *, but: str) -> list[Grant]:
    """What the owner may with its own objects is left out: PostgreSQL implies it."""
    known = {replace(grant, grantor="") for grant in others}
    return [grant for grant in these if grant.grantee != but and replace(grant, grantor="") not in known]


def setting_statements(wanted: RoleSetting | None, found: RoleSetting | None) -> Iterator[str]:
    """Set what a role's sessions begin with, or take it away."""
    if (setting := wanted or found) is None:
        return
    who = f"DATABASE {name(setting.database or '')}"
    if setting.role is not None or setting.database is None:
        where = f" IN DATABASE {name(setting.database)}" if setting.database else ""
        who = f"ROLE {name(setting.role) if setting.role else 'ALL'}{where}"
    if wanted is None:
        yield f"ALTER {who} RESET {setting.name}"
    else:
        value = wanted.value if wanted.name in _LISTS else sql.Literal(wanted.value).as_string()
        yield f"ALTER {who} SET {wanted.name} = {value}"


def row_security_statements(wanted: Relation | None, found: Relation | None) -> Iterator[str]:
    """Give a table its owner, its row security and its policies; tables themselves are made by changesets only."""
    if wanted is None or found is None:
        return
    table = sql.Identifier(*wanted.address).as_string()
    if wanted.owner != found.owner:
        yield f"ALTER TABLE {table} OWNER TO {name(wanted.owner)}"
    if wanted.row_security != found.row_security:
        yield f"ALTER TABLE {table} {'ENABLE' if wanted.row_security else 'DISABLE'} ROW LEVEL SECURITY"
    if wanted.force_row_security != found.force_row_security:
        yield f"ALTER TABLE {table} {'FORCE' if wanted.force_row_security else 'NO FORCE'} ROW LEVEL SECURITY"
    yield from _policy_statements(table, wanted, found)


def policy_shape(policy: Policy) -> str:
    """A policy without its expressions, which a server spells in its own way and the proof compares."""
    kind = "" if policy.is_permissive else " restrictive"
    return f"{policy.name}{kind} for {policy.command} to {', '.join(sorted(policy.roles))}"


def _policy_statements(table: str, wanted: Relation, found: Relation) -> Iterator[str]:
    declared = {policy_shape(policy): policy for policy in wanted.policies}
    actual = {policy_shape(policy): policy for policy in found.policies}
    for shape in sorted(actual.keys() - declared.keys()):
        yield f"DROP POLICY {name(actual[shape].name)} ON {table}"
    for shape in sorted(declared.keys() - actual.keys()):
        yield _creation(table, declared[shape])


def _creation(table: str, policy: Policy) -> str:
    parts = [
        f"CREATE POLICY {name(policy.name)} ON {table}",
        f"AS {'PERMISSIVE' if policy.is_permissive else 'RESTRICTIVE'} FOR {policy.command.upper()}",
        f"TO {', '.join(map(name, policy.roles))}",
    ]
    parts += [f"USING ({policy.using})"] if policy.using else []
    parts += [f"WITH CHECK ({policy.check})"] if policy.check else []
    return " ".join(parts)


def name(identifier: str) -> str:
    """As SQL spells it; PUBLIC is no name."""
    return "PUBLIC" if identifier == PUBLIC else sql.Identifier(identifier).as_string()
