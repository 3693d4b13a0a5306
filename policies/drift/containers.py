"""The planned containers beside the running ones."""

from collections.abc import Iterator

from policies.drift.difference import Aspect, Difference, differences
from policies.facts.containers import Container
from policies.facts.facts import Facts


def containers(planned: Facts, live: Facts, stack: str) -> Iterator[Difference]:
    declared = {each.name: each for each in planned.containers}
    actual = {each.name: each for each in live.containers}
    mend = f"aqdata up --stack {stack} --refresh"
    for name in sorted(declared.keys() | actual.keys()):
        wanted = _container(declared[name]) if name in declared else {}
        found = _container(actual[name]) if name in actual else {}
        yield from differences(f"{name} ", "containers", wanted, found, mend)


def _container(container: Container) -> Aspect:
    return {
        "image": container.image,
        "user": container.user,
        "networks": frozenset(container.networks),
        "ports": frozenset(f"{each.address}:{each.host_port}" for each in container.ports),
        "memory": container.memory,
        "cpus": container.cpus,
        "pids": container.pids,
        "read-only root": container.has_read_only_root,
        "capabilities": frozenset(
            (*container.added_capabilities, *(f"-{each}" for each in container.dropped_capabilities))
        ),
        "mounts": frozenset(each.target for each in container.mounts),
    }
