"""How long who would lead waits for nodes that do not answer."""

import textwrap

import pytest

from tests.images.patroni.in_image import told

pytestmark = pytest.mark.docker

ASKED = """
import socket, time
from types import SimpleNamespace
silent = socket.create_server(("127.0.0.1", 8008))

def seconds(name):
    member = node_of(name)
    began = time.monotonic()
    node.Ha.fetch_node_status(ha, member)
    return time.monotonic() - began

def node_of(name):
    address = "http://127.0.0.1:8008/patroni"
    return SimpleNamespace(name=name, api_url=address, get_endpoint_url=lambda _: address, nofailover=False)

ha = SimpleNamespace(
    patroni=SimpleNamespace(request=node.PatroniRequest({})),
    old_cluster=SimpleNamespace(leader=SimpleNamespace(name="db-1")),
)
"""


def test_the_one_that_led_has_a_second_and_the_others_have_two(image: str) -> None:
    script = ASKED + textwrap.dedent("""
        print(*(round(seconds(name)) for name in ("db-1", "db-2")))
    """)
    assert told(image, script) == "1 2"


def test_where_nobody_led_all_have_two(image: str) -> None:
    script = ASKED + textwrap.dedent("""
        ha.old_cluster = None
        print(round(seconds("db-1")))
    """)
    assert told(image, script) == "2"
