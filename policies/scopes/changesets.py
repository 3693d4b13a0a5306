"""Changelogs as declared and as applied."""

from collections.abc import Iterator
from dataclasses import dataclass

from policies.facts.changesets import Changeset
from policies.facts.facts import Facts
from policies.facts.server import AppliedChangeset
from policies.rule import Scope


@dataclass(frozen=True)
class DeclaredChangeset:
    """One changeset of a service."""

    changeset: Changeset

    @property
    def address(self) -> str:
        """Its file and id."""
        return f"sql/{self.changeset.path} {self.changeset.id}"


@dataclass(frozen=True)
class ServiceChangelog:
    """A service's changesets beside what its schema records of them."""

    instance: str
    schema: str
    declared: tuple[Changeset, ...]
    applied: tuple[AppliedChangeset, ...]

    @property
    def address(self) -> str:
        """`instance/schema changelog`."""
        return f"{self.instance}/{self.schema} changelog"


def _changesets(facts: Facts) -> Iterator[DeclaredChangeset]:
    return (DeclaredChangeset(changeset) for changeset in facts.changesets)


def _changelogs(facts: Facts) -> Iterator[ServiceChangelog]:
    for instance, catalog in facts.catalogs.items():
        for service in facts.intent.services_on(instance):
            yield ServiceChangelog(
                instance,
                service.schema_name,
                tuple(each for each in facts.changesets if each.service == service.name),
                tuple(each for each in catalog.changesets if each.schema == service.schema_name),
            )


changesets = Scope("changesets", "changesets", _changesets)
changelogs = Scope("applied changelogs", "changelog", _changelogs)
