"""Docker networks and what was really reachable from them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Network:
    """A network with the containers attached to it; `is_encrypted`: between hosts, by the overlay's option."""

    name: str
    driver: str = "bridge"
    is_internal: bool = False
    containers: tuple[str, ...] = ()
    is_encrypted: bool = False


@dataclass(frozen=True, slots=True)
class Reach:
    """A connection that was tried from inside one container to another container's port."""

    source: str
    target: str
    address: str
    port: int
    connected: bool
    detail: str = ""
