"""A key that answers across tenants, as rows to try it with: tenant A asks by an INSERT whether a row of B exists."""

from dataclasses import dataclass

from infra.model.errors import CannotCheck
from infra.model.service import Service
from policies.facts.catalog import Catalog, Relation
from policies.proof.keys import Oracle
from policies.proof.obligation import PlantedRow, Witness
from policies.proof.tenancy import Tenancy
from policies.proof.wishes import TENANT_A, TENANT_B
from policies.sources.live.probes.canary import Rows, canaries, demands, in_order


@dataclass(frozen=True)
class Asking:
    """A login that writes to a table whose keys answer."""

    catalog: Catalog
    tenancy: Tenancy
    relation: Relation
    login: str

    def witness(self, oracle: Oracle, user: str, settings: dict[str, str]) -> Witness | None:
        """Rows of both tenants, and A's own that asks; None where no INSERT of valid rows gets an answer."""
        service = next(each for each in self.tenancy.services if each.schema_name == self.relation.schema)
        try:
            ours, theirs = (self._rows(service, tenant) for tenant in (TENANT_A, TENANT_B))
        except CannotCheck:
            return None
        asked = theirs.get(oracle.target, {})
        if self._is_covered(oracle) or not oracle.columns or not asked.keys() >= set(oracle.asked):
            return None
        answered = {column: asked[other] for column, other in zip(oracle.columns, oracle.asked, strict=True)}
        return Witness(
            self.login,
            user,
            "KEY",
            self.relation.address,
            settings,
            target=PlantedRow(oracle.target, asked),
            written=PlantedRow(self.relation.address, {**ours[self.relation.address], **answered}),
            others=tuple(PlantedRow(address, row) for address, row in ours.items() if address != self.relation.address),
        )

    def _rows(self, service: Service, tenant: str) -> Rows:
        tables = in_order(self.catalog, service)
        return canaries(tables, service, tenant, demands(tables))

    def _is_covered(self, oracle: Oracle) -> bool:
        """Whether another foreign key on the columns refuses the row in any case, so that only its name may tell."""
        return oracle.target != self.relation.address and any(
            set(oracle.columns) < set(constraint.columns) and constraint.references == oracle.target
            for constraint in self.relation.constraints
        )
