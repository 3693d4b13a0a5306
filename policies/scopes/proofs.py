"""Tenant tables with what the prover says of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from policies.facts.facts import Facts
from policies.proof.obligation import Obligation
from policies.rule import Scope


@dataclass(frozen=True)
class ProvedTable:
    """A tenant table and every obligation about it, for each login and command."""

    instance: str
    table: str
    obligations: tuple[Obligation, ...]

    @property
    def address(self) -> str:
        """`instance/schema.table`."""
        return f"{self.instance}/{self.table}"


def _proved(facts: Facts) -> Iterator[ProvedTable]:
    from policies.proof.prove import prove  # noqa: PLC0415 z3 takes 0.3 s to import, which only this rule needs

    for instance, catalog in facts.catalogs.items():
        obligations = prove(catalog, facts.intent)
        for table, ours in groupby(obligations, key=lambda obligation: obligation.table):
            yield ProvedTable(instance, table, tuple(ours))


proved_tables = Scope("tenant tables under proof", "catalog", _proved)
