"""The SQL that a stack's changelogs render to, as the verifier reads it."""

from collections.abc import Iterator
from pathlib import Path

from infra.model.intent import Intent
from infra.model.service import Service
from policies.facts.changesets import Changeset
from policies.sources.rendered_sql import Script
from sql.liquibase_tables import CREATE_TABLES
from sql.render import FOLDER, render_bootstrap, render_changelog


def scripts_of(intent: Intent, instance: str, folder: Path = FOLDER) -> Iterator[Script]:
    """Everything that one instance runs, in order: the bootstrap, then each service's changelog as its owner.

    `folder` holds the templates.
    """
    services = intent.services_on(instance)
    bootstrap = render_bootstrap(intent.stack.instances[instance], instance, services, folder)
    context = intent.stack.instances[instance].tenancy.context
    yield Script(f"{instance}: cluster", bootstrap.cluster)
    yield Script(f"{instance}: database", bootstrap.database)
    for service in services:
        path = (service.schema_name, "extensions")
        yield Script(f"{service.name}: Liquibase's tables", CREATE_TABLES, service.owner, path)
        for changeset in render_changelog(service, folder=folder, tenant_context=context).changesets:
            yield Script(changeset.label, changeset.sql, service.owner, path)


def declared_changesets(intent: Intent) -> tuple[Changeset, ...]:
    """Every changeset of every service, in order."""
    return tuple(found for service in intent.services.values() for found in _changesets(intent, service))


def _changesets(intent: Intent, service: Service) -> Iterator[Changeset]:
    changelog = render_changelog(service, tenant_context=intent.instance_of(service).tenancy.context)
    for changeset in changelog.changesets:
        yield Changeset(
            service=service.name,
            schema=service.schema_name,
            id=changeset.id,
            author=changeset.author,
            path=changeset.path,
            sql=changeset.sql,
            rollback=changeset.rollback,
            checksum=changeset.checksum,
            runs_on_change=changeset.run_on_change,
        )
