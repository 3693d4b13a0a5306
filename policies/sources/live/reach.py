"""Which container really reaches which: connections tried from inside, not read off the network's settings."""

from collections.abc import Container, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import chain

import docker

from infra.model.errors import CannotCheck
from infra.model.intent import Intent
from infra.model.stack import SHARED_NETWORK
from policies.facts.networks import Reach
from policies.sources.live.backups import Commands

_PORT = 5432
_SECONDS = 2
# One command tries all addresses side by side and names those that answered; what a network swallows is given up.
_SCRIPT = """
timeout {seconds} bash -c '
for address; do (exec 3<>/dev/tcp/$address/{port}) 2>/dev/null && echo $address & done
wait' reach "$@"
code=$?
[ $code -eq 124 ] || exit $code
"""


def read_reaches(engines: Mapping[str | None, docker.APIClient], intent: Intent) -> tuple[Reach, ...]:
    """Every running container of the stack tries every address of each instance that has a network of its own."""
    prefix = intent.stack.physical("")
    running = {name: client for client in engines.values() for name in _running(client, prefix)}
    targets = {
        address: target for target in _isolated(intent, running) for address in _addresses(running[target], target)
    }
    if not targets:
        return ()
    with ThreadPoolExecutor(len(running)) as pool:
        tried = pool.map(lambda source: tuple(_tried(intent, source, targets)), sorted(running))
        return tuple(chain.from_iterable(tried))


def _running(client: docker.APIClient, prefix: str) -> list[str]:
    return [found["Names"][0].removeprefix("/") for found in client.containers(filters={"name": f"^/{prefix}"})]


def _isolated(intent: Intent, running: Container[str]) -> Iterator[str]:
    for name, instance in intent.stack.instances.items():
        if instance.network != SHARED_NETWORK:
            yield from (node for node in map(intent.stack.physical, instance.nodes(name)) if node in running)


def _addresses(client: docker.APIClient, container: str) -> list[str]:
    networks = client.inspect_container(container)["NetworkSettings"]["Networks"]
    return [network["IPAddress"] for network in networks.values() if network["IPAddress"]]


def _tried(intent: Intent, source: str, targets: Mapping[str, str]) -> Iterator[Reach]:
    script = _SCRIPT.format(seconds=_SECONDS, port=_PORT)
    try:
        said, reason = Commands(source, intent.stack)(["sh", "-c", script, "reach", *targets]), ""
    except CannotCheck as error:
        said, reason = "", f"not tried: {error.message}"
    answered = said.split()
    for address, target in targets.items():
        yield Reach(source, target, address, _PORT, connected=address in answered, detail=reason)
