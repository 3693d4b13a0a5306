"""Which container really reaches which: connections tried from inside, not read off the network's settings."""

from collections.abc import Container, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import docker
from docker.errors import DockerException

from infra.model.intent import Intent
from infra.model.stack import SHARED_NETWORK
from policies.facts.networks import Reach

_PORT = 5432
_SECONDS = 1
_SCRIPT = 'timeout {seconds} bash -c "exec 3<>/dev/tcp/{address}/{port}" 2>/dev/null'


@dataclass(frozen=True)
class _Route:
    source: str
    target: str
    address: str


def read_reaches(engines: Mapping[str | None, docker.APIClient], intent: Intent) -> tuple[Reach, ...]:
    """Every running container of the stack tries every address of each instance that has a network of its own."""
    prefix = intent.stack.physical("")
    running = {name: client for client in engines.values() for name in _running(client, prefix)}
    routes = list(_routes(running, intent))
    with ThreadPoolExecutor(max(1, len(routes))) as pool:
        return tuple(pool.map(lambda route: _try(running[route.source], route), routes))


def _running(client: docker.APIClient, prefix: str) -> list[str]:
    return [found["Names"][0].removeprefix("/") for found in client.containers(filters={"name": f"^/{prefix}"})]


def _routes(running: Mapping[str, docker.APIClient], intent: Intent) -> Iterator[_Route]:
    for target in _isolated(intent, running):
        for address in _addresses(running[target], target):
            yield from (_Route(source, target, address) for source in sorted(running))


def _isolated(intent: Intent, running: Container[str]) -> Iterator[str]:
    for name, instance in intent.stack.instances.items():
        if instance.network != SHARED_NETWORK:
            yield from (node for node in map(intent.stack.physical, instance.nodes(name)) if node in running)


def _addresses(client: docker.APIClient, container: str) -> list[str]:
    networks = client.inspect_container(container)["NetworkSettings"]["Networks"]
    return [network["IPAddress"] for network in networks.values() if network["IPAddress"]]


def _try(client: docker.APIClient, route: _Route) -> Reach:
    script = _SCRIPT.format(seconds=_SECONDS, address=route.address, port=_PORT)
    try:
        run = client.exec_create(route.source, ["sh", "-c", script])
        client.exec_start(run["Id"])
        code = client.exec_inspect(run["Id"])["ExitCode"]
    except DockerException as error:
        return Reach(route.source, route.target, route.address, _PORT, connected=False, detail=f"not tried: {error}")
    return Reach(route.source, route.target, route.address, _PORT, connected=code == 0, detail=f"exit code {code}")
