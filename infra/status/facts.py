"""The state of a stack's parts, as values."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Server:
    """A PostgreSQL server. `lag` in bytes, None where it is unknown; `state` is the container's where nobody leads.

    `has_room`: false where its disk is so full that it should not lead.
    """

    name: str
    role: str
    state: str
    timeline: int | None = None
    lag: int | None = None
    has_room: bool = True


@dataclass(frozen=True)
class Pool:
    """One login's pool: its clients that are served and that wait, and server sessions in use and at rest."""

    user: str
    active: int
    waiting: int
    busy: int
    idle: int


@dataclass(frozen=True)
class Backups:
    """What the scheduler says: seconds since 1970 of the newest full and of its last look; `failures` in a row."""

    newest_full: int | None = None
    checked: int | None = None
    failures: int = 0
    error: str = ""


@dataclass(frozen=True)
class Instance:
    """An instance; `endpoints`: kind -> address. `reads` and `writes`: how many servers the proxy sends them to."""

    name: str
    endpoints: dict[str, str]
    servers: tuple[Server, ...]
    backups: Backups
    pools: tuple[Pool, ...] = ()
    reads: int | None = None
    writes: int | None = None

    @property
    def is_well(self) -> bool:
        """Whether one server takes writes and is sent them, every other one follows it, and all have room for more."""
        leading = [server for server in self.servers if server.role == "primary" and server.state == "running"]
        following = [server for server in self.servers if server.state == "streaming"]
        is_whole = len(leading) == 1 and len(leading) + len(following) == len(self.servers)
        return is_whole and self.is_writable and all(server.has_room for server in self.servers)

    @property
    def is_writable(self) -> bool:
        """Whether the proxy sends writes to a server; a plain server has no proxy."""
        return len(self.servers) == 1 or bool(self.writes)


@dataclass(frozen=True)
class Part:
    """Any other container; `health` as Docker says, or its state where it has no check."""

    name: str
    health: str
    detail: str = ""

    @property
    def is_well(self) -> bool:
        """Whether it runs and its check does not fail."""
        return self.health in ("healthy", "running", "starting")


@dataclass(frozen=True)
class StackStatus:
    """All of a stack. `certificates`: endpoint -> when its certificate ends; like `read_at` in seconds since 1970."""

    stack: str
    instances: tuple[Instance, ...]
    parts: tuple[Part, ...]
    read_at: float
    certificates: dict[str, int] = field(default_factory=dict)

    @property
    def is_well(self) -> bool:
        """Whether nothing is missing and no certificate has expired."""
        is_whole = all(each.is_well for each in self.instances) and all(part.is_well for part in self.parts)
        return is_whole and all(end > self.read_at for end in self.certificates.values())
