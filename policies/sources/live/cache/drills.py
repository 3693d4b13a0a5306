"""The drills of the durable Redis server: one counts while a node has the data that it was made of."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from infra.model.cache import container_name
from infra.model.errors import CannotCheck
from infra.model.intent import Intent
from infra.model.recovery.data_folder import ASK, identity
from infra.model.recovery.evidence import read_chain
from policies.facts.drills import Drills
from policies.facts.facts import Unread
from policies.sources.live.backups import Commands
from policies.sources.live.drills import drills_of


def read_cache_drills(intent: Intent, evidence: Path) -> tuple[dict[str, Drills], tuple[Unread, ...]]:
    """By the server's name, and the nodes that do not tell their data; a drill may be of such a node's."""
    nodes = [node.name for node in intent.stack.cache.nodes("durable")]
    with ThreadPoolExecutor(len(nodes)) as pool:
        told = list(pool.map(lambda node: _data(intent, node), nodes))
    silent = tuple(each for each in told if isinstance(each, Unread))
    if silent:
        return {}, silent
    server, chain = container_name("durable"), read_chain(evidence / intent.stack.name)
    return {server: drills_of(chain, server, *(each for each in told if isinstance(each, str)))}, ()


def _data(intent: Intent, node: str) -> str | Unread:
    try:
        found = identity(Commands(intent.stack.physical(node), intent.stack)(list(ASK)))
    except CannotCheck as error:
        return Unread("drills", node, error.message)
    return found or Unread("drills", node, "its data's file system keeps no time of birth to know the data by")
