"""Proofs of every instance of a stack, and replays of what leaks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from infra.model.intent import Intent
from policies.facts.catalog import Catalog
from policies.proof.obligation import Obligation, Verdict

if TYPE_CHECKING:
    from policies.proof.replay import Replay


@dataclass(frozen=True)
class Proof:
    """What is proved of one instance."""

    catalog: Catalog
    obligations: tuple[Obligation, ...]

    @property
    def leaks(self) -> list[Obligation]:
        """The counterexamples."""
        return [found for found in self.obligations if found.verdict is Verdict.COUNTEREXAMPLE]

    @property
    def unknown(self) -> list[Obligation]:
        """What is neither proved nor refuted."""
        return [found for found in self.obligations if found.verdict is Verdict.UNKNOWN]


def prove_all(catalogs: Mapping[str, Catalog], intent: Intent) -> list[Proof]:
    """The proofs of each catalog."""
    from policies.proof.prove import prove  # noqa: PLC0415 z3 takes 0.3 s to import

    return [Proof(catalog, tuple(prove(catalog, intent))) for catalog in catalogs.values()]


def replay_all(proofs: list[Proof], intent: Intent) -> dict[int, Replay]:
    """The replay of each counterexample that has a witness, by the obligation's identity.

    Raises CannotCheck where the superuser's session does not come about.
    """
    from infra.backup.primary import server_of  # noqa: PLC0415 the same
    from policies.proof.admin import superuser  # noqa: PLC0415 Docker's SDK is needed for leaks only
    from policies.proof.replay import replay  # noqa: PLC0415

    samples = {
        (service.schema_name, name): table.sample
        for service in intent.services.values()
        for name, table in service.tables.items()
    }
    replays = {}
    for proof in proofs:
        witnessed = [leak for leak in proof.leaks if leak.witness is not None]
        if not witnessed:
            continue
        container = server_of(intent.stack, proof.catalog.instance)
        with superuser(container, proof.catalog.database) as admin:
            for leak in witnessed:
                if leak.witness is not None:
                    replays[id(leak)] = replay(admin, proof.catalog, leak.witness, samples)
    return replays
