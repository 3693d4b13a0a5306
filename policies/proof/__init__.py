"""The isolation prover: what it says PROVED about cannot be done, given what docs/proof.md lists."""

from policies.proof.obligation import Obligation, PlantedRow, Verdict, Witness
from policies.proof.prove import prove

__all__ = ["Obligation", "PlantedRow", "Verdict", "Witness", "prove"]
