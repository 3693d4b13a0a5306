"""Small changelogs for tests."""

from collections.abc import Sequence
from dataclasses import replace

from infra.model.service import Service
from sql.changelog import Changelog, Changeset

SERVICE = "media_service"


def changeset(text: str, rollback: str = "SELECT 1", name: str = "0001_sample", **flags: bool) -> Changeset:
    """A changeset of the service that the tests extend."""
    return Changeset(
        id=name, author="aqstream", path=f"{SERVICE}/{name}.sql", sql=text, rollback=rollback,
        run_on_change=flags.get("run_on_change", False), run_in_transaction=flags.get("run_in_transaction", True),
    )  # fmt: skip


def changelog(service: Service, changesets: Sequence[Changeset]) -> Changelog:
    """A changelog of exactly these changesets."""
    return Changelog(service.name, service.schema_name, service.owner, tuple(changesets))


def extended(base: Changelog, *more: Changeset) -> Changelog:
    """The changelog with these at its end."""
    return replace(base, changesets=base.changesets + more)
