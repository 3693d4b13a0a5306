"""Containers, networks, connections tried and certificates, beside what the stack declares."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from infra.model.containers import declared_limits
from infra.model.hosts import component_of
from infra.model.limits import Limits
from infra.model.stack import SHARED_NETWORK, Stack
from policies.facts.certificates import Authority, Certificate
from policies.facts.containers import Container
from policies.facts.facts import Facts, Part
from policies.facts.networks import Network, Reach
from policies.rule import Scope

STORE = "minio"


@dataclass(frozen=True)
class StackContainer:
    """A container of the stack; `short` is its name without the stack's prefix."""

    stack: Stack
    container: Container

    @property
    def address(self) -> str:
        """The container's name."""
        return self.container.name

    @property
    def short(self) -> str:
        """`postgres-payment`."""
        return self.container.name.removeprefix(self.stack.physical(""))

    @property
    def limits(self) -> Limits | None:
        """What the stack declares for it."""
        return declared_limits(self.stack).get(self.short)


@dataclass(frozen=True)
class DeclaredContainer:
    """A container that the stack declares, None where there is none."""

    stack: Stack
    short: str
    container: Container | None

    @property
    def address(self) -> str:
        """The container's name."""
        return self.stack.physical(self.short)


@dataclass(frozen=True)
class Placed:
    """A component with several nodes, in a stack with hosts: container -> the host that its label names."""

    stack: Stack
    component: str
    hosts: Mapping[str, str]

    @property
    def address(self) -> str:
        """The component's name."""
        return self.component


@dataclass(frozen=True)
class StackNetwork:
    """A network of the stack with the containers on it."""

    stack: Stack
    network: Network
    attached: tuple[str, ...]

    @property
    def address(self) -> str:
        """The network's name."""
        return f"network {self.network.name}"

    @property
    def short(self) -> str:
        """`payment-backup`."""
        return self.network.name.removeprefix(self.stack.physical(""))


@dataclass(frozen=True)
class Isolation:
    """An instance with a network of its own, and every connection to it that was tried."""

    stack: Stack
    target: str
    reaches: tuple[Reach, ...]

    @property
    def address(self) -> str:
        """The container's name."""
        return self.target

    @property
    def short(self) -> str:
        """`postgres-payment-2`."""
        return self.target.removeprefix(self.stack.physical(""))


@dataclass(frozen=True)
class Endpoint:
    """An endpoint's certificate."""

    stack: Stack
    certificate: Certificate

    @property
    def address(self) -> str:
        """The endpoint's name."""
        return f"{self.certificate.endpoint} certificate"


@dataclass(frozen=True)
class RunningImage:
    """The image of a container beside those that should run."""

    container: Container
    expected: frozenset[str]

    @property
    def address(self) -> str:
        """The container's name."""
        return self.container.name


@dataclass(frozen=True)
class StackAuthority:
    """The authority that a stack's clients trust."""

    stack: Stack
    authority: Authority

    @property
    def address(self) -> str:
        """Its name."""
        return f"authority {self.authority.subject}"


def _containers(facts: Facts) -> Iterator[StackContainer]:
    return (StackContainer(facts.intent.stack, container) for container in facts.containers)


def _declared(facts: Facts) -> Iterator[DeclaredContainer]:
    stack = facts.intent.stack
    present = {container.name: container for container in facts.containers}
    if facts.unread_of("containers"):
        return
    for short in declared_limits(stack):
        yield DeclaredContainer(stack, short, present.get(stack.physical(short)))


def _placed(facts: Facts) -> Iterator[Placed]:
    stack, prefix = facts.intent.stack, facts.intent.stack.physical("")
    found: dict[str, dict[str, str]] = {}
    for container in facts.containers if stack.hosts else ():
        short = container.name.removeprefix(prefix)
        host = dict(container.labels).get("aqstream.host", "")
        found.setdefault(component_of(short)[0], {})[short] = host
    return (Placed(stack, component, hosts) for component, hosts in found.items() if len(hosts) > 1)


def _networks(facts: Facts) -> Iterator[StackNetwork]:
    for network in facts.networks:
        named = {each.name for each in facts.containers if network.name in each.networks}
        yield StackNetwork(facts.intent.stack, network, tuple(sorted(named | set(network.containers))))


def _private_overlays(facts: Facts) -> Iterator[StackNetwork]:
    stack = facts.intent.stack
    own = {instance.network for instance in stack.instances.values()} - {SHARED_NETWORK}
    for found in _networks(facts) if len(stack.hosts) > 1 and stack.encrypted_overlay else ():
        if any(found.short == name or found.short.startswith(f"{name}-") for name in own):
            yield found


def _isolations(facts: Facts) -> Iterator[Isolation]:
    stack = facts.intent.stack
    for name, instance in stack.instances.items():
        if instance.network != SHARED_NETWORK:
            for node in instance.nodes(name):
                target = stack.physical(node)
                yield Isolation(stack, target, tuple(each for each in facts.reaches if each.target == target))


def _endpoints(facts: Facts) -> Iterator[Endpoint]:
    return (Endpoint(facts.intent.stack, certificate) for certificate in facts.certificates)


def _images(facts: Facts) -> Iterator[RunningImage]:
    return (RunningImage(container, facts.images) for container in facts.containers)


def _authorities(facts: Facts) -> Iterator[StackAuthority]:
    return (StackAuthority(facts.intent.stack, authority) for authority in facts.authorities)


_PART: Part = "containers"
containers = Scope("containers", _PART, _containers)
declared_containers = Scope("declared containers", _PART, _declared)
placed = Scope("components over several hosts", _PART, _placed)
networks = Scope("networks", "networks", _networks)
private_overlays = Scope("private networks over several hosts", "networks", _private_overlays)
isolations = Scope("isolated instances", "reach", _isolations)
endpoints = Scope("endpoints", "certificates", _endpoints)
authorities = Scope("certificate authorities", "certificates", _authorities)
running_images = Scope("images of containers", _PART, _images)
