"""A deployed schema against what its changelog makes: two catalogs of one form, as sorted lines of text.

The declared side is read from the rendered SQL, the deployed one from the server's catalog; expressions are
brought to one spelling.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from cli.connection import Databases
from cli.expression import one_spelling
from cli.rendered import scripts_of
from infra.model.service import Service
from policies.facts.access import Acl
from policies.facts.catalog import Catalog, Function, Relation
from policies.sources.live.catalog import read_catalog
from policies.sources.rendered_sql import read_sql

_TIMESCALEDB = "_timescaledb"
"""The extension makes triggers of its own on hypertables, with functions in schemas that begin like this."""


def differences(databases: Databases, service: Service) -> list[str]:
    """`-` stands before what the changelog makes and the server lacks, `+` before what only the server has."""
    declared = read_sql(scripts_of(databases.intent, service.instance), service.instance)
    with databases.session(service, service.migrator) as session:
        deployed = read_catalog(session, service.instance)
    return compare(describe(declared, service.schema_name), describe(deployed, service.schema_name))


def compare(declared: list[str], deployed: list[str]) -> list[str]:
    """Only the differing lines."""
    return [line for line in difflib.ndiff(declared, deployed) if line[0] in "+-"]


def describe(catalog: Catalog, schema: str) -> list[str]:
    """Everything in the schema, one fact a line, in an order that does not depend on the source."""
    relations = (line for found in catalog.relations if found.schema == schema for line in _relation(found))
    functions = (line for found in catalog.functions if found.schema == schema for line in _function(found))
    return sorted((*relations, *functions))


def _relation(found: Relation) -> Iterator[str]:
    name = found.qualified_name
    yield f"{name}: {found.kind} of {found.owner}"
    if found.row_security:
        yield f"{name}: row security{' forced' if found.force_row_security else ''}"
    for column in found.columns:
        required = " not null" if column.not_null else ""
        default = f" default {one_spelling(column.default)}" if column.default else ""
        yield f"{name}.{column.name}: {column.type}{required}{default}"
    yield from (f"{name}: {line}" for line in _attached(found))
    yield from _privileges(name, found.owner, found.acl)


def _attached(found: Relation) -> Iterator[str]:
    for constraint in found.constraints:
        if constraint.kind == "check":
            text = one_spelling(constraint.definition.removeprefix("CHECK "))
        else:
            text = f"({', '.join(constraint.columns)})"
        if constraint.references:
            target = ".".join(constraint.references)
            text = f"{text} to {target} ({', '.join(constraint.referenced_columns)}) on delete {constraint.on_delete}"
        valid = "" if constraint.is_validated else " not valid"
        yield f"{constraint.kind} {constraint.name} {text}{valid}"
    for index in found.indexes:
        unique = "unique " if index.is_unique else ""
        where = f" where {one_spelling(index.predicate)}" if index.predicate else ""
        invalid = "" if index.is_valid else " invalid"
        yield f"{unique}index {index.name} {index.method} ({', '.join(index.columns)}){where}{invalid}"
    for policy in found.policies:
        kind = "permissive" if policy.is_permissive else "restrictive"
        conditions = f"using {one_spelling(policy.using)} check {one_spelling(policy.check)}"
        yield f"{kind} policy {policy.name} for {policy.command} to {', '.join(policy.roles)} {conditions}"
    for trigger in found.triggers:
        if trigger.function[0].startswith(_TIMESCALEDB):
            continue
        yield f"trigger {trigger.name} calls {'.'.join(trigger.function)} ({trigger.enabled})"


def _function(found: Function) -> Iterator[str]:
    name = f"{found.schema}.{found.name}({found.signature})"
    security = "security definer" if found.is_security_definer else "security invoker"
    settings = ", ".join(f"{key}={value}" for key, value in found.settings)
    yield f"{name}: {found.language} {found.kind} of {found.owner}, {found.volatility}, {security}, {settings}"
    for line in found.source.strip().splitlines():
        yield f"{name}: | {line.rstrip()}"
    yield from _privileges(name, found.owner, found.acl)


def _privileges(name: str, owner: str, acl: Acl) -> Iterator[str]:
    for grant in acl:
        if grant.grantee != owner:
            yield f"{name}: {grant.grantee} may {grant.privilege.lower()}"
