"""Which container really reaches which: connections tried from inside, not read off the network's settings.

An address counts as reached when it answers every time: whenever any network of the host is created, Docker takes its
rules between networks out and puts them in again, and for those milliseconds every network reaches every other.
Source: libnetwork, `IPTable.EnsureJumpRule`.
"""

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
answers() {{ timeout {seconds} bash -c 'exec 3<>/dev/tcp/$0/{port}' "$1" 2>/dev/null; }}
for address; do
    (answers $address && sleep 0.3 && answers $address && sleep 0.3 && answers $address && echo $address) &
done
wait
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
        said, reason = Commands(source, intent.stack)(["bash", "-c", script, "reach", *targets]), ""
    except CannotCheck as error:
        said, reason = "", f"not tried: {error.message}"
    answered = said.split()
    for address, target in targets.items():
        yield Reach(source, target, address, _PORT, connected=address in answered, detail=reason)
