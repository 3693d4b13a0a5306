"""What `<word>` means in a change that goes to an instance: its names, and what has to be put back as it was."""

from collections.abc import Iterator, Mapping

from infra.model.service import Service
from policies.facts.catalog import Catalog, Relation

_PLAIN = "NULLIF(current_setting('app.tenant_id', true), '')::uuid"
_MOMENT = "timestamp with time zone"
_SIGNED = "tenant_context.current_tenant()"


def variables(catalog: Catalog, service: Service, verifiers: Mapping[str, str]) -> dict[str, str]:
    """The values on this service's instance; `verifiers`: login -> its stored password."""
    table = subject(catalog, service)
    policy = next(policy for policy in table.policies if policy.name == "tenant_isolation")
    policed = [relation for relation in catalog.relations_in(service.schema_name) if relation.policies]
    return {
        "instance": catalog.instance,
        "schema": service.schema_name,
        "table": table.qualified_name,
        "name": table.name,
        "key": str(service.tables[table.name].key),
        "dated": min(column.name for column in table.columns if column.type == _MOMENT and column.not_null),
        "owner": service.owner,
        "app": service.app,
        "readonly": service.readonly,
        "migrator": service.migrator,
        "tenant": _SIGNED if _SIGNED in str(policy.using) else _PLAIN,
        "using": str(policy.using),
        "check": str(policy.check or policy.using),
        "app_verifier": verifiers.get(service.app, ""),
        "drop_policies": ";\n".join(text for relation in policed for text in _dropped(relation)),
        "create_policies": ";\n".join(text for relation in policed for text in _created(relation)),
        **_parents(catalog),
    }


def subject(catalog: Catalog, service: Service) -> Relation:
    """The service's table that mutants work on: tenant-scoped, with a key of its own and a date where there is one."""
    found = [
        relation
        for relation in catalog.relations_in(service.schema_name)
        if relation.name in service.tables and service.tables[relation.name].is_tenant_scoped
    ]
    return min(found, key=lambda relation: (service.tables[relation.name].key == "id", not _is_dated(relation)))


def _is_dated(relation: Relation) -> bool:
    return any(column.type == _MOMENT and column.not_null for column in relation.columns)


def _dropped(relation: Relation) -> Iterator[str]:
    for policy in relation.policies:
        yield f"DROP POLICY {policy.name} ON {relation.qualified_name}"


def _created(relation: Relation) -> Iterator[str]:
    for policy in relation.policies:
        check = f" WITH CHECK ({policy.check})" if policy.check else ""
        yield f"CREATE POLICY {policy.name} ON {relation.qualified_name} USING ({policy.using}){check}"


def _parents(catalog: Catalog) -> dict[str, str]:
    """`<refunds_parent>` and the like: a child's composite foreign key and its definition."""
    found = {}
    for relation in catalog.relations:
        for constraint in relation.constraints:
            if constraint.kind == "foreign key" and len(constraint.columns) > 1:
                found[f"{relation.name}_parent"] = constraint.name
                found[f"{relation.name}_parent_definition"] = constraint.definition
    return found
