"""Changes to a PostgreSQL instance, as its superuser."""

from collections.abc import Iterator
from dataclasses import dataclass

from pglast import split

from infra.model.service import Service
from policies.facts.catalog import Catalog, Relation
from policies.mutants.ground import Ground
from policies.mutants.mutant import Mutant
from policies.proof.admin import superuser

DATABASE = "aqstream"


@dataclass
class PostgresChanges:
    """Runs SQL as the superuser of an instance, each mutant in a session of its own."""

    ground: Ground

    def apply(self, mutant: Mutant) -> None:
        """Make the change."""
        self._run(mutant.change.where, mutant.change.apply)

    def undo(self, mutant: Mutant) -> None:
        """Take it back."""
        self._run(mutant.change.where, mutant.change.undo)

    def _run(self, instance: str, text: str) -> None:
        with superuser(self.ground.physical(instance), DATABASE) as admin:
            for statement in _statements(text):
                admin.execute(statement.encode())

    def verifiers(self, instance: str) -> dict[str, str]:
        """The stored SCRAM verifier of every login, to put back."""
        with superuser(self.ground.physical(instance), DATABASE) as admin:
            query = "SELECT rolname, rolpassword FROM pg_authid WHERE rolpassword IS NOT NULL"
            return dict(admin.execute(query).fetchall())


def _statements(text: str) -> Iterator[str]:
    """Each statement apart: ALTER SYSTEM and others refuse to run with company."""
    yield from split(text)


def variables(catalog: Catalog, service: Service, verifiers: dict[str, str]) -> dict[str, str]:
    """What `<word>` means in a change that goes to this service's instance."""
    table = subject(catalog, service)
    declared = service.tables[table.name]
    policy = next(policy for policy in table.policies if policy.name == "tenant_isolation")
    policed = [relation for relation in catalog.relations_in(service.schema_name) if relation.policies]
    return {
        "instance": catalog.instance,
        "schema": service.schema_name,
        "table": table.qualified_name,
        "name": table.name,
        "key": str(declared.key),
        "owner": service.owner,
        "app": service.app,
        "readonly": service.readonly,
        "migrator": service.migrator,
        "using": str(policy.using),
        "check": str(policy.check or policy.using),
        "app_verifier": verifiers.get(service.app, ""),
        "drop_policies": ";\n".join(text for relation in policed for text in _dropped(relation)),
        "create_policies": ";\n".join(text for relation in policed for text in _created(relation)),
        **_parents(catalog),
    }


def subject(catalog: Catalog, service: Service) -> Relation:
    """The service's table that mutants work on: a tenant table whose key is a column of its own, if there is one."""
    found = [
        (table.key == "id", relation)
        for name, table in service.tables.items()
        if table.is_tenant_scoped and (relation := catalog.relation(service.schema_name, name))
    ]
    return min(found, key=lambda pair: pair[0])[1]


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
