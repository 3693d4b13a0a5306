"""`aqstream:sql:Changelog`: a service's changesets, applied as its migrator and recorded as Liquibase does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

from infra.engine.loading import load
from infra.model.declaration import Declaration
from infra.model.errors import ConfigurationError
from infra.model.loading import load_services
from infra.model.tenancy import TenantContext
from infra.provider.lost import read_from
from infra.provider.postgres_login import Login, connect
from infra.provider.resource_type import Created, ResourceType, State
from sql.changelog import Changelog
from sql.render import render_changelog

if TYPE_CHECKING:
    import psycopg


class AppliedChangeset(Declaration):
    """A changeset's id and Liquibase checksum: what a preview shows of it."""

    id: str
    checksum: str


class ChangelogInputs(Declaration):
    """`changesets` in order; the text is rendered from the checkout and has to have these checksums.

    `tenant_context` is the instance's: the policies differ. `container`: a plain server's, by which a lost one
    is known.
    """

    service: str
    tenant_context: TenantContext = "plain"
    changesets: tuple[AppliedChangeset, ...]
    server: Login
    container: str = ""


class ChangelogType(ResourceType[ChangelogInputs]):
    """Applies what is new. Deleting the resource leaves the schema alone: rolling back is a command."""

    token = "aqstream:sql:Changelog"  # noqa: S105 a type's name
    inputs = ChangelogInputs
    replaced_by: ClassVar[frozenset[str]] = frozenset({"service"})

    def create(self, inputs: ChangelogInputs) -> Created:
        _apply(inputs)
        return Created(inputs.service)

    def update(self, identifier: str, state: State, inputs: ChangelogInputs) -> State:
        _apply(inputs)
        return {}

    def read(self, identifier: str, state: State, inputs: ChangelogInputs) -> State | None:
        def applied(connection: psycopg.Connection) -> State:
            recorded = load("sql.apply:recorded_checksums")(connection, load_services()[inputs.service])
            return state | {"changesets": in_declared_order(recorded, [each.id for each in inputs.changesets])}

        return read_from(inputs.server, inputs.container, applied)


def in_declared_order(recorded: Mapping[str, str], declared: Sequence[str]) -> list[dict[str, str]]:
    """What is applied, as it is declared: a changeset that ran again, or came late, is no difference by its place."""
    known = [key for key in declared if key in recorded]
    return [{"id": key, "checksum": recorded[key]} for key in dict.fromkeys([*known, *recorded])]


def _apply(inputs: ChangelogInputs) -> None:
    changelog = _rendered(inputs)
    with connect(inputs.server) as connection:
        load("sql.apply:apply")(connection, changelog)


def _rendered(inputs: ChangelogInputs) -> Changelog:
    changelog = render_changelog(load_services()[inputs.service], tenant_context=inputs.tenant_context)
    found = tuple(AppliedChangeset(id=item.id, checksum=item.checksum) for item in changelog.changesets)
    if found != inputs.changesets:
        raise ConfigurationError(
            f"sql/{inputs.service}: the templates changed while the plan was carried out", "run the command again"
        )
    return changelog
