"""The machines of a stack that is spread over several: how their Docker Engines are reached, and what runs where."""

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from ipaddress import IPv4Address

from pydantic import model_validator

from infra.model.declaration import Declaration
from infra.model.identifier import PhysicalName

_NODE = re.compile(r"(?P<component>.+?)(?:-(?P<number>\d+))?")
_BESIDE = re.compile(r"-(proxy|pooler)$")


class Host(Declaration):
    """One machine. `docker`: `unix:///run/docker.sock`, `ssh://user@host` or `tcp://host:2376`; the last needs
    `certPath`, a folder with `ca.pem`, `cert.pem` and `key.pem`. `ssh` reads the file `sshConfig` instead of the user's
    own, where one is named. `address` is where the machine publishes and is reached."""

    docker: str
    address: IPv4Address
    cert_path: str = ""
    ssh_config: str = ""

    @model_validator(mode="after")
    def _is_reached_safely(self) -> "Host":
        if not self.docker.startswith(("unix://", "ssh://", "tcp://")):
            raise ValueError(f"'docker' is 'unix://', 'ssh://' or 'tcp://', got '{self.docker}'")
        if self.docker.startswith("tcp://") and not self.cert_path:
            raise ValueError("'tcp://' needs 'certPath': an engine without TLS gives its machine to whoever asks")
        if self.ssh_config and not self.docker.startswith("ssh://"):
            raise ValueError(f"'sshConfig' is for 'ssh://', not for '{self.docker}'")
        return self


Hosts = dict[PhysicalName, Host]
Placement = dict[PhysicalName, tuple[PhysicalName, ...]]


def component_of(node: str) -> tuple[str, int]:
    """`postgres-user-2` -> its component and its position from 0; a node without a number is the first."""
    found = _NODE.fullmatch(node)
    if found is None or found["number"] is None:
        return node, 0
    return found["component"], int(found["number"]) - 1


def host_of(node: str, hosts: Sequence[str], placement: Mapping[str, Sequence[str]]) -> str | None:
    """The host of a container by its short name; None where no hosts are declared and everything is local.

    What is not placed is spread over all hosts in the order they are declared; a proxy and a pooler are where their
    instance's first node is.
    """
    if not hosts:
        return None
    component, position = component_of(node)
    declared = placement.get(component) or placement.get(_BESIDE.sub("", component)) or hosts
    return declared[position % len(declared)]


def placement_problems(
    hosts: Mapping[str, Host], placement: Mapping[str, Sequence[str]], components: Collection[str]
) -> list[str]:
    """What cannot be placed so, with what was expected."""
    unknown = [
        f"placement.{component}: '{name}' is no host; expected one of {', '.join(hosts) or 'none'}"
        for component, names in placement.items()
        for name in names
        if name not in hosts
    ]
    empty = [f"placement.{component}: names no host" for component, names in placement.items() if not names]
    places_nothing = [
        f"placement.{name}: no component; expected one of {', '.join(components)}"
        for name in placement
        if name not in components
    ]
    by_engine = _shared("docker", {name: host.docker for name, host in hosts.items()})
    by_address = _shared("address", {name: str(host.address) for name, host in hosts.items()})
    return [*unknown, *empty, *places_nothing, *by_engine, *by_address]


def _shared(key: str, values: Mapping[str, str]) -> Iterator[str]:
    """Hosts of the same value: what is placed apart on them would be lost together."""
    for value, count in Counter(values.values()).items():
        if count > 1:
            names = " and ".join(f"hosts.{name}" for name, own in values.items() if own == value)
            yield f"{names}: one machine by '{key}' ({value}); expected one host for each machine"
