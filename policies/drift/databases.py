"""The rendered SQL and the planned configuration beside the running databases."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

from infra.model.stack import Stack
from policies.drift.difference import Aspect, Difference, differences
from policies.drift.mending import (
    default_statements,
    membership_statements,
    policy_shape,
    role_statements,
    row_security_statements,
    setting_statements,
    superuser_command,
)
from policies.facts.access import Acl, DefaultPrivilege, Membership, Role, RoleSetting
from policies.facts.catalog import Catalog
from policies.facts.facts import Facts
from policies.facts.relations import Relation
from policies.scopes.roles import CLUSTER_LOGINS
from policies.sources.plan.configuration import defaults


def catalogs(rendered: Facts, live: Facts, stack: str) -> Iterator[Difference]:
    """What the rendered SQL grants, protects and sets, and what the databases have of it."""
    for instance, declared in rendered.catalogs.items():
        actual = live.catalogs.get(instance)
        if actual is None:
            continue
        if live.intent.stack.instances[instance].is_replicated:
            actual = _without_cluster_logins(actual)
        gone = _relations(declared).keys() - _relations(actual).keys()
        for aspect in _ASPECTS:
            for found in differences(f"{instance} ", aspect.name, aspect.of(declared), aspect.of(actual), ""):
                key = found.object.removeprefix(f"{instance} ")
                if key in gone and aspect.name == "grants":
                    continue  # that it is not there is said once
                told = aspect.statements(declared, actual, key)
                mend = superuser_command(live.intent.stack, instance, actual.database, told)
                yield replace(found, mend=mend or aspect.otherwise.format(stack=stack, instance=instance))


def _without_cluster_logins(catalog: Catalog) -> Catalog:
    """Patroni makes the nodes' logins to each other, so no SQL declares them; rules look after their attributes."""
    return replace(
        catalog,
        roles=tuple(each for each in catalog.roles if each.name not in CLUSTER_LOGINS),
        role_settings=tuple(each for each in catalog.role_settings if each.role not in CLUSTER_LOGINS),
    )


def _shown(role: Role) -> str:
    return (
        f"login={role.can_login} superuser={role.is_superuser} bypassrls={role.bypasses_row_security} "
        f"replication={role.can_replicate} createrole={role.can_create_role} createdb={role.can_create_database} "
        f"inherit={role.inherits} limit={role.connection_limit}"
    )


def _roles(catalog: Catalog) -> dict[str, Role]:
    return {role.name: role for role in catalog.roles if role.name != "postgres"}


def _memberships(catalog: Catalog) -> dict[str, Membership]:
    return {f"{each.member} in {each.role}": each for each in catalog.memberships}


def _grants(acl: Acl) -> frozenset[str]:
    return frozenset(f"{grant.grantee}={grant.privilege}{'*' if grant.grantable else ''}" for grant in acl)


def _is_own(catalog: Catalog, schema: str) -> bool:
    return not schema.startswith(("_timescaledb", "timescaledb"))


def _relation_grants(catalog: Catalog) -> dict[str, frozenset[str]]:
    relations = (each for each in catalog.relations if _is_own(catalog, each.schema))
    tables = {each.qualified_name: _grants(each.acl) for each in relations}
    schemas = {each.name: _grants(each.acl) for each in catalog.schemas if _is_own(catalog, each.name)}
    functions = {each.qualified_name: _grants(each.acl) for each in catalog.functions}
    return tables | schemas | functions | {catalog.database: _grants(catalog.database_acl)}


def _grant_statements(declared: Catalog, actual: Catalog, key: str) -> Iterator[str]:
    wanted = _relation_grants(declared).get(key, frozenset())
    found = _relation_grants(actual).get(key, frozenset())
    for grant in sorted(found - wanted):
        yield _grant(actual, key, grant, "REVOKE {} ON {} FROM {}")
    for grant in sorted(wanted - found):
        yield _grant(actual, key, grant, "GRANT {} ON {} TO {}")


def _grant(catalog: Catalog, key: str, grant: str, statement: str) -> str:
    grantee, _, privilege = grant.partition("=")
    kind = "FUNCTION " if "(" in key else "SCHEMA " if catalog.schema(key) else ""
    kind = "DATABASE " if key == catalog.database else kind
    return statement.format(privilege.removesuffix("*"), f"{kind}{key}", grantee)


def _relations(catalog: Catalog) -> dict[str, Relation]:
    return {each.qualified_name: each for each in catalog.relations if _is_own(catalog, each.schema)}


def _row_security(relation: Relation) -> str:
    return (
        f"{relation.kind} of {relation.owner}, row security={relation.row_security}, "
        f"forced={relation.force_row_security}, policies={sorted(map(policy_shape, relation.policies))}"
    )


def _defaults(catalog: Catalog) -> dict[str, DefaultPrivilege]:
    return {
        f"{each.objects} of {each.role} in {each.schema or 'every schema'}": each for each in catalog.default_privileges
    }


def _role_settings(catalog: Catalog) -> dict[str, RoleSetting]:
    return {f"{each.role or each.database}: {each.name}": each for each in catalog.role_settings}


T = TypeVar("T")


def _side_by_side(
    of: Callable[[Catalog], Mapping[str, T]], statements: Callable[[T | None, T | None], Iterator[str]]
) -> Callable[[Catalog, Catalog, str], Iterator[str]]:
    return lambda declared, actual, key: statements(of(declared).get(key), of(actual).get(key))


def _as_text(of: Callable[[Catalog], Mapping[str, T]], shown: Callable[[T], object]) -> Callable[[Catalog], Aspect]:
    return lambda catalog: {key: shown(each) for key, each in of(catalog).items()}


@dataclass(frozen=True)
class _Aspect:
    """One thing to compare in two catalogs, and what mends one key of it: statements, or a command."""

    name: str
    of: Callable[[Catalog], Aspect]
    statements: Callable[[Catalog, Catalog, str], Iterator[str]]
    otherwise: str = ""


_ASPECTS = (
    _Aspect(
        "role attributes",
        _as_text(_roles, _shown),
        _side_by_side(_roles, role_statements),
        "aqdata up --stack {stack} --replace {instance}-database",
    ),
    _Aspect(
        "memberships",
        _as_text(_memberships, lambda each: f"inherit={each.inherits} set={each.may_set} admin={each.is_admin}"),
        _side_by_side(_memberships, membership_statements),
    ),
    _Aspect(
        "row security",
        _as_text(_relations, _row_security),
        _side_by_side(_relations, row_security_statements),
        "aqdata restore --stack {stack} --instance {instance}",
    ),
    _Aspect(
        "default privileges",
        _as_text(_defaults, lambda each: _grants(each.acl)),
        _side_by_side(_defaults, default_statements),
    ),
    _Aspect(
        "role settings",
        _as_text(_role_settings, lambda each: each.value),
        _side_by_side(_role_settings, setting_statements),
    ),
    _Aspect("grants", _relation_grants, _grant_statements),
)


def settings(planned: Facts, live: Facts, stack: str) -> Iterator[Difference]:
    """What the configuration files set and let in, and what the servers run with."""
    for instance, declared in planned.catalogs.items():
        actual = live.catalogs.get(instance)
        if actual is None:
            continue
        yield from _altered(live.intent.stack, instance, declared, actual)
        lines = {str(position): rule.text for position, rule in enumerate(declared.hba_rules, 1)}
        found = {str(position): rule.text for position, rule in enumerate(actual.hba_rules, 1)}
        mend = f"aqdata up --stack {stack} --refresh"
        yield from differences(f"{instance} pg_hba line ", "authentication", lines, found, mend)


def _altered(stack: Stack, instance: str, declared: Catalog, actual: Catalog) -> Iterator[Difference]:
    implied = {setting.name: setting.value for setting in defaults()}
    wanted = implied | {setting.name: setting.value for setting in declared.settings}
    for setting in actual.settings:
        if setting.is_from_alter_system:
            statements = (f"ALTER SYSTEM RESET {setting.name}", "SELECT pg_reload_conf()")
            mend = superuser_command(stack, instance, actual.database, statements)
            shown = wanted.get(setting.name, "PostgreSQL's default")
            yield Difference(f"{instance} {setting.name}", "settings", shown, setting.value, mend)
