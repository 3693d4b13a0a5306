"""One environment's settings: `stacks/defaults.yaml` with `stacks/Pulumi.<stack>.yaml` over it."""

from collections import Counter
from ipaddress import IPv4Address
from typing import Literal

from pydantic import model_validator

from infra.model.availability import ETCD, Availability, Replicated, pooler_of, proxy_of, published_ports
from infra.model.backups import Backups
from infra.model.cache import ROLES, SENTINEL_NAME, Cache, container_name
from infra.model.declaration import Declaration
from infra.model.hosts import Hosts, Placement, host_of, placement_problems
from infra.model.identifier import PhysicalName, SqlName
from infra.model.limits import Limits, Port
from infra.model.quantity import Seconds
from infra.model.storage import STORE, ObjectStore
from infra.model.tenancy import InstanceTenancy

Environment = Literal["development", "staging", "production"]
Sizing = Literal["declared", "small"]
SHARED_NETWORK = "shared"
CONTROL_NETWORK = "control"
SNAPSHOT_NETWORK = f"{ETCD}-backup"
"""Between the consensus store and the object store."""
BACKUP_BUCKET = "backups"
REPLICATION_IMAGES = frozenset({"patroni", "etcd", "haproxy", "pgbouncer"})


class Instance(Replicated):
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


def control_network(instance: Instance) -> str:
    """The network between the instance's nodes and etcd: one for all on the shared network, else its own."""
    return CONTROL_NETWORK if instance.network == SHARED_NETWORK else f"{instance.network}-{CONTROL_NETWORK}"


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
    patroni: str = "build"
    etcd: str = "build"
    haproxy: str = "build"
    pgbouncer: str = "build"

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
    availability: Availability
    certificates: Certificates
    images: Images = Images()
    hosts: Hosts = {}
    placement: Placement = {}
    encrypted_overlay: bool = True

    @property
    def is_production(self) -> bool:
        """Whether real users' rows live here."""
        return self.environment == "production"

    def physical(self, name: str) -> str:
        """The name of a container, volume or network of this stack: `aqstream-dev-postgres-user`."""
        return f"aqstream-{self.name}-{name}"

    def host_of(self, component: str) -> str | None:
        """The host of a container by its short name; None where everything is local."""
        return host_of(component, list(self.hosts), self.placement)

    def address_of(self, component: str) -> str:
        """Where the container's ports are published and reached."""
        host = self.host_of(component)
        return str(self.hosts[host].address if host else self.address)

    @property
    def addresses(self) -> tuple[str, ...]:
        """Everywhere that the stack publishes ports."""
        return tuple(str(host.address) for host in self.hosts.values()) or (str(self.address),)

    @property
    def components(self) -> tuple[str, ...]:
        """What can be placed: whatever has nodes, or would have with replicas."""
        instances = (part for name in self.instances for part in (name, proxy_of(name), pooler_of(name)))
        return (*instances, ETCD, *map(container_name, ROLES), SENTINEL_NAME, STORE)

    @property
    def ports(self) -> dict[str, int]:
        """Published port by what listens on it."""
        named: dict[str, int] = {}
        for name, instance in self.instances.items():
            named |= published_ports(name, instance.port, instance)
        caches = {node.name: node.port for node in self.cache.every_node}
        sentinels = {node.name: node.port for node in self.cache.sentinels}
        return named | caches | sentinels | {node.name: node.port for node in self.object_store.every_node}

    @property
    def used_images(self) -> dict[str, str]:
        """The images the stack runs, each as the stack file chooses it."""
        return {name: chosen for name, chosen in self.images if self.replicated or name not in REPLICATION_IMAGES}

    @property
    def replicated(self) -> dict[str, Instance]:
        """The instances that Patroni leads."""
        return {name: instance for name, instance in self.instances.items() if instance.is_replicated}

    @property
    def control_networks(self) -> tuple[str, ...]:
        """The networks of the consensus store, so that it joins none of services'; none without replicas.

        It is on those of plain instances, too: one that gives up its replicas needs it until they are gone.
        """
        return tuple(sorted({control_network(each) for each in self.instances.values()})) if self.replicated else ()

    @property
    def etcd_nodes(self) -> tuple[str, ...]:
        """The members of the consensus store; none without replicas."""
        return self.availability.etcd.names if self.replicated else ()

    def published_by(self, component: str) -> frozenset[int]:
        """The ports that the host answers on for one container, by its name without the stack's prefix."""
        for name, instance in self.replicated.items():
            ports = published_ports(name, instance.port, instance)
            if component == pooler_of(name):
                return frozenset({ports.popitem()[1]})
            if component == proxy_of(name):
                return frozenset(list(ports.values())[:2])
        own = self.ports.get(component)
        return frozenset({own} if own and component not in self.replicated else ())

    @model_validator(mode="after")
    def _is_placed(self) -> "Stack":
        if problems := placement_problems(self.hosts, self.placement, self.components):
            raise ValueError("; ".join(problems))
        return self

    @model_validator(mode="after")
    def _ports_differ(self) -> "Stack":
        for port, count in Counter(self.ports.values()).items():
            if count > 1:
                owners = " and ".join(name for name, used in self.ports.items() if used == port)
                raise ValueError(f"port {port} is declared for {owners}; each needs its own")
        return self
