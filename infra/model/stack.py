"""One environment's settings: `stacks/defaults.yaml` with `stacks/Pulumi.<stack>.yaml` over it."""

from collections import Counter
from ipaddress import IPv4Address
from typing import Literal

from pydantic import model_validator

from infra.model.backups import Backups
from infra.model.cache import Cache
from infra.model.declaration import Declaration
from infra.model.identifier import PhysicalName, SqlName
from infra.model.limits import Limits, Port
from infra.model.quantity import Seconds
from infra.model.storage import ObjectStore
from infra.model.tenancy import InstanceTenancy

Environment = Literal["development", "staging", "production"]
Sizing = Literal["declared", "small"]
SHARED_NETWORK = "shared"
BACKUP_BUCKET = "backups"


class Instance(Declaration):
    """One PostgreSQL instance. An instance with a network of its own is reachable from no other network."""

    port: Port
    limits: Limits
    network: PhysicalName = SHARED_NETWORK
    extensions: tuple[SqlName, ...] = ()
    audit: bool = False
    settings: dict[str, str] = {}
    tenancy: InstanceTenancy = InstanceTenancy()

    @model_validator(mode="after")
    def _audits_no_hypertables(self) -> "Instance":
        if self.audit and "timescaledb" in self.extensions:
            # Seen with Debian trixie's pgaudit 17.0 and TimescaleDB 2.19.3: signal 11, the whole server restarts.
            raise ValueError("'audit' and the extension timescaledb exclude each other: COPY into a hypertable crashes")
        return self


class Certificates(Declaration):
    """Lifetimes of the stack's certificate authority and of what it signs."""

    authority_validity: Seconds
    validity: Seconds
    renew_before: Seconds


class Images(Declaration):
    """`build` takes the project's own image; anything else is a registry reference by digest."""

    postgres: str = "build"
    redis: str = "build"
    minio: str = "build"

    @model_validator(mode="after")
    def _pinned(self) -> "Images":
        for name, reference in self:
            if reference != "build" and "@sha256:" not in reference:
                raise ValueError(f"{name}: expected 'build' or a reference with a digest, got '{reference}'")
        return self


class Stack(Declaration):
    """An environment of the platform."""

    name: PhysicalName
    environment: Environment
    protect: bool
    address: IPv4Address
    sizing: Sizing = "declared"
    instances: dict[PhysicalName, Instance]
    cache: Cache
    object_store: ObjectStore
    backups: Backups
    certificates: Certificates
    images: Images = Images()

    @property
    def is_production(self) -> bool:
        """Whether real users' rows live here."""
        return self.environment == "production"

    def physical(self, name: str) -> str:
        """The name of a container, volume or network of this stack: `aqstream-dev-postgres-user`."""
        return f"aqstream-{self.name}-{name}"

    @property
    def ports(self) -> dict[str, int]:
        """Published port by what listens on it."""
        named = {name: instance.port for name, instance in self.instances.items()}
        caches = {node.name: node.port for node in self.cache.every_node}
        sentinels = {node.name: node.port for node in self.cache.sentinels}
        return named | caches | sentinels | {node.name: node.port for node in self.object_store.every_node}

    @model_validator(mode="after")
    def _ports_differ(self) -> "Stack":
        for port, count in Counter(self.ports.values()).items():
            if count > 1:
                owners = " and ".join(name for name, used in self.ports.items() if used == port)
                raise ValueError(f"port {port} is declared for {owners}; each needs its own")
        return self
