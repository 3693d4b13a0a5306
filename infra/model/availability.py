"""What keeps PostgreSQL available: replicas of an instance, the consensus store they share, proxies and poolers."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from infra.model.declaration import Declaration
from infra.model.limits import Limits, Port
from infra.model.quantity import Bytes, Seconds

PROXY = "proxy"
POOLER = "pooler"
READ_ONLY = "read-only"
POOLED = "pooled"
ETCD = "etcd"
"""The consensus store, its folder of the backup bucket, and its login there."""
HOUR, DAY = 3600, 86400


class Replicated(Declaration):
    """An instance's part in it. With `replicas: 0` it is a plain server; otherwise Patroni leads one more node.

    `synchronous`: a commit is acknowledged when a replica has it too, so a failover loses none.
    `max_lag`: a replica further behind than this is never promoted, which bounds what a failover may lose elsewhere.
    `least_room`: a primary with less left on its disk hands over to a node with more.
    """

    replicas: Annotated[int, Field(ge=0, le=6)] = 0
    synchronous: bool = False
    max_lag: Bytes = Field(default=1 << 20, validate_default=False)
    least_room: Bytes = Field(default=256 << 20, validate_default=False)
    read_only_port: Port | None = None
    pooled_port: Port | None = None

    @property
    def is_replicated(self) -> bool:
        """Whether Patroni leads it."""
        return self.replicas > 0

    @model_validator(mode="after")
    def _is_reachable(self) -> "Replicated":
        if self.is_replicated and not (self.read_only_port and self.pooled_port):
            raise ValueError("replicas need 'readOnlyPort' and 'pooledPort'")
        return self

    def nodes(self, name: str) -> tuple[str, ...]:
        """The servers of the instance of this name: itself, or `postgres-user-1` and so on."""
        return tuple(f"{name}-{number}" for number in range(1, self.replicas + 2)) if self.is_replicated else (name,)


class Snapshots(Declaration):
    """Copies of the consensus store in the backup bucket, encrypted: how often, and for how long they are kept."""

    every: Annotated[Seconds, Field(ge=HOUR)]
    keep: Annotated[Seconds, Field(ge=DAY)]

    @model_validator(mode="after")
    def _overlap(self) -> "Snapshots":
        if self.keep % DAY:
            raise ValueError("'keep' is counted in whole days; expected such as 7d")
        if self.every % HOUR or self.every > self.keep:
            raise ValueError("'every' is counted in whole hours and not longer than 'keep'; expected such as 6h")
        return self


class Etcd(Declaration):
    """The consensus store of all replicated instances; it decides who leads while more than half of it answers."""

    nodes: Annotated[int, Field(ge=1, le=7)]
    limits: Limits
    snapshots: Snapshots

    @model_validator(mode="after")
    def _can_outvote(self) -> "Etcd":
        if self.nodes % 2 == 0:
            raise ValueError(
                f"{self.nodes} etcd nodes survive no more failures than {self.nodes - 1}; expected an odd number"
            )
        return self

    @property
    def names(self) -> tuple[str, ...]:
        """`etcd-1`, `etcd-2` and so on."""
        return tuple(f"{ETCD}-{number}" for number in range(1, self.nodes + 1))


class Proxy(Declaration):
    """What connects clients to whichever node is the primary, or to a replica."""

    limits: Limits
    max_connections: Annotated[int, Field(ge=10)]


class Pooler(Declaration):
    """`pool_size`: server sessions for each login; `max_clients`: connections it takes."""

    limits: Limits
    mode: Literal["transaction"] = "transaction"
    pool_size: Annotated[int, Field(ge=1)]
    max_clients: Annotated[int, Field(ge=10)]


class Availability(Declaration):
    """The parts beside the servers; each replicated instance has a proxy and a pooler of its own."""

    etcd: Etcd
    proxy: Proxy
    pooler: Pooler


def proxy_of(instance: str) -> str:
    """`postgres-user-proxy`."""
    return f"{instance}-{PROXY}"


def pooler_of(instance: str) -> str:
    """`postgres-user-pooler`."""
    return f"{instance}-{POOLER}"


def published_ports(name: str, port: int, replicated: Replicated) -> dict[str, int]:
    """Endpoint -> published port of an instance: read-write under its own name, read-only and pooled beside it."""
    beside = {f"{name}-{READ_ONLY}": replicated.read_only_port, f"{name}-{POOLED}": replicated.pooled_port}
    return {name: port} | {key: value for key, value in beside.items() if value and replicated.is_replicated}
