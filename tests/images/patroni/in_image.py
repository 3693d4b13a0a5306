"""Scripts that run in the nodes' image, with the Patroni that it has."""

import textwrap

import docker

LOADED = """
import sys
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
sys.path.insert(0, "/usr/local/bin")
spec = spec_from_loader("node", SourceFileLoader("node", "/usr/local/bin/aqstream-patroni"))
node = module_from_spec(spec)
spec.loader.exec_module(node)
"""


def told(image: str, script: str) -> str:
    """What a script says as its last line; `node` is the program that starts Patroni, as a module."""
    program = LOADED + textwrap.dedent(script)
    ended = docker.from_env().containers.run(image, entrypoint=["python3", "-c", program], remove=True)
    return str(ended.decode().strip().splitlines()[-1])
