"""The rendered SQL and the planned configuration beside the running databases."""

from collections.abc import Callable, Iterator

from policies.drift.difference import Aspect, Difference, differences
from policies.facts.access import Acl
from policies.facts.catalog import Catalog
from policies.facts.facts import Facts
from policies.sources.plan.configuration import defaults


def catalogs(rendered: Facts, live: Facts, stack: str) -> Iterator[Difference]:
    """What the rendered SQL grants, protects and sets, and what the databases have of it."""
    for instance, declared in rendered.catalogs.items():
        actual = live.catalogs.get(instance)
        if actual is None:
            continue
        mend = f"aqdata up --stack {stack} --refresh"
        for aspect, facts_of in _ASPECTS.items():
            yield from differences(f"{instance} ", aspect, facts_of(declared), facts_of(actual), mend)
        psql = f"docker exec {live.intent.stack.physical(instance)} psql -U postgres -d {actual.database} -c"
        yield from _grant_differences(instance, declared, actual, psql)


def _grant_differences(instance: str, declared: Catalog, actual: Catalog, psql: str) -> Iterator[Difference]:
    """Applied changesets are not run again, so that privileges are put right with a statement of their own."""
    wanted, found = _relation_grants(declared), _relation_grants(actual)
    for name in sorted(wanted.keys() | found.keys()):
        before, now = wanted.get(name, frozenset()), found.get(name, frozenset())
        statements = [*(_grant(actual, name, each, "REVOKE {} ON {} FROM {};") for each in sorted(now - before))]
        statements += [_grant(actual, name, each, "GRANT {} ON {} TO {};") for each in sorted(before - now)]
        mend = f'{psql} "{" ".join(statements)}"'
        yield from differences(f"{instance} ", "grants", {name: before}, {name: now}, mend)


def _grant(catalog: Catalog, name: str, grant: str, statement: str) -> str:
    grantee, _, privilege = grant.partition("=")
    kind = "FUNCTION " if "(" in name else "SCHEMA " if catalog.schema(name) else ""
    kind = "DATABASE " if name == catalog.database else kind
    return statement.format(privilege.removesuffix("*"), f"{kind}{name}", grantee)


def _roles(catalog: Catalog) -> Aspect:
    return {
        role.name: f"login={role.can_login} superuser={role.is_superuser} bypassrls={role.bypasses_row_security} "
        f"replication={role.can_replicate} createrole={role.can_create_role} limit={role.connection_limit}"
        for role in catalog.roles
        if role.name != "postgres"
    }


def _memberships(catalog: Catalog) -> Aspect:
    return {
        f"{each.member} in {each.role}": f"inherit={each.inherits} set={each.may_set} admin={each.is_admin}"
        for each in catalog.memberships
    }


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


def _row_security(catalog: Catalog) -> Aspect:
    return {
        each.qualified_name: f"{each.kind} of {each.owner}, row security={each.row_security}, "
        f"forced={each.force_row_security}, policies={sorted(policy.name for policy in each.policies)}"
        for each in catalog.relations
        if _is_own(catalog, each.schema)
    }


def _defaults(catalog: Catalog) -> Aspect:
    return {
        f"{each.objects} of {each.role} in {each.schema or 'every schema'}": _grants(each.acl)
        for each in catalog.default_privileges
    }


def _role_settings(catalog: Catalog) -> Aspect:
    return {f"{each.role or each.database}: {each.name}": each.value for each in catalog.role_settings}


_ASPECTS: dict[str, Callable[[Catalog], Aspect]] = {
    "role attributes": _roles,
    "memberships": _memberships,
    "row security": _row_security,
    "default privileges": _defaults,
    "role settings": _role_settings,
}


def settings(planned: Facts, live: Facts, stack: str) -> Iterator[Difference]:
    for instance, declared in planned.catalogs.items():
        actual = live.catalogs.get(instance)
        if actual is None:
            continue
        yield from _altered(instance, declared, actual)
        lines = {str(position): rule.text for position, rule in enumerate(declared.hba_rules, 1)}
        found = {str(position): rule.text for position, rule in enumerate(actual.hba_rules, 1)}
        mend = f"aqdata up --stack {stack} --refresh"
        yield from differences(f"{instance} pg_hba line ", "authentication", lines, found, mend)


def _altered(instance: str, declared: Catalog, actual: Catalog) -> Iterator[Difference]:
    implied = {setting.name: setting.value for setting in defaults()}
    wanted = implied | {setting.name: setting.value for setting in declared.settings}
    for setting in actual.settings:
        if setting.is_from_alter_system:
            mend = f"ALTER SYSTEM RESET {setting.name}; SELECT pg_reload_conf();"
            shown = wanted.get(setting.name, "PostgreSQL's default")
            yield Difference(f"{instance} {setting.name}", "settings", shown, setting.value, mend)
