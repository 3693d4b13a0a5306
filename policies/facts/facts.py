"""Everything one plane knows about a stack, part by part, with what could not be read."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from infra.model.intent import Intent
from policies.facts.backups import InstanceBackups
from policies.facts.cache import CacheFacts, SentinelFacts
from policies.facts.catalog import Catalog
from policies.facts.certificates import Authority, Certificate
from policies.facts.changesets import Changeset
from policies.facts.containers import Container
from policies.facts.drills import Drills
from policies.facts.networks import Network, Reach
from policies.facts.objects import ObjectStoreFacts
from policies.facts.probes import Attempt, Experiment
from policies.facts.replication import ConsensusNode, Replication
from policies.facts.resources import Resource
from policies.facts.state_files import StateFile

Plane = Literal["plan", "rendered-sql", "live"]
PLANES: tuple[Plane, ...] = ("plan", "rendered-sql", "live")

Part = Literal[
    "catalog",
    "settings",
    "hba",
    "server",
    "changelog",
    "changesets",
    "probes",
    "containers",
    "networks",
    "reach",
    "certificates",
    "cache",
    "objects",
    "backups",
    "drills",
    "replication",
    "resources",
    "state",
]
"""A kind of fact. `settings` and `hba` are parts of a Catalog that the plan can feed as well."""

FEEDS: dict[Plane, frozenset[Part]] = {
    "plan": frozenset({"settings", "hba", "containers", "networks", "cache", "objects", "resources"}),
    "rendered-sql": frozenset({"catalog", "changesets"}),
    "live": frozenset(
        {
            "catalog",
            "settings",
            "hba",
            "server",
            "changelog",
            "probes",
            "containers",
            "networks",
            "reach",
            "certificates",
            "cache",
            "objects",
            "backups",
            "drills",
            "state",
            "replication",
        }
    ),
}
"""Which parts each plane's sources supply; a rule asking for another one is refused when it is loaded."""


@dataclass(frozen=True, slots=True)
class Unread:
    """Evidence that is missing: a part of one object, such as the catalog of an instance, and the cause."""

    part: Part
    object: str
    reason: str


@dataclass(frozen=True)
class Facts:
    """The facts of one plane. A part named in `unread` is incomplete for that object.

    `images` are the tags by content and the digests of what the containers should run; `drills` are those of the
    servers that are not among `backups`.
    """

    plane: Plane
    intent: Intent
    catalogs: Mapping[str, Catalog] = field(default_factory=dict)
    containers: tuple[Container, ...] = ()
    images: frozenset[str] = frozenset()
    networks: tuple[Network, ...] = ()
    reaches: tuple[Reach, ...] = ()
    certificates: tuple[Certificate, ...] = ()
    authorities: tuple[Authority, ...] = ()
    caches: Mapping[str, CacheFacts] = field(default_factory=dict)
    sentinels: Mapping[str, SentinelFacts] = field(default_factory=dict)
    objects: ObjectStoreFacts | None = None
    backups: Mapping[str, InstanceBackups] = field(default_factory=dict)
    drills: Mapping[str, Drills] = field(default_factory=dict)
    replication: Mapping[str, Replication] = field(default_factory=dict)
    consensus: tuple[ConsensusNode, ...] = ()
    attempts: tuple[Attempt, ...] = ()
    experiments: tuple[Experiment, ...] = ()
    resources: tuple[Resource, ...] = ()
    state_files: tuple[StateFile, ...] = ()
    changesets: tuple[Changeset, ...] = ()
    unread: tuple[Unread, ...] = ()

    def unread_of(self, part: Part) -> list[Unread]:
        """What is missing of a part."""
        return [missing for missing in self.unread if missing.part == part]
