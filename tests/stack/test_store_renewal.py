"""An `up` that makes every node of a distributed object store anew, under a client that writes and reads."""

import secrets
import ssl
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO
from itertools import pairwise
from typing import Any

import pytest
import urllib3
from minio import Minio
from minio.error import MinioException
from urllib3.exceptions import HTTPError

from tests.servers.container import free_port
from tests.servers.stack import StackUnderTest, stack

pytestmark = [pytest.mark.docker, pytest.mark.long]

NODES = ("minio", "minio-2", "minio-3", "minio-4")
LONGEST_PAUSE = 8.0
TENANT = "7c0a3f9e-1111-4222-8333-444455556666"


@pytest.fixture
def distributed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StackUnderTest]:
    with stack(tmp_path_factory.mktemp("renewal"), "ts") as made:
        made.settings["objectStore"] |= {"nodes": 4, "nodePorts": [free_port() for _ in NODES[1:]]}
        made.configure()
        up = made.command("up", "--yes", "--skip-verify", timeout=300)
        assert up.returncode == 0, up.stdout[-2000:] + up.stderr[-2000:]
        yield made
        made.command("destroy", "--yes", timeout=200)


@dataclass
class Client:
    """Writes and reads all the time, through another node where one does not answer."""

    outputs: dict[str, Any]
    answered: list[float] = field(default_factory=list)
    stopped: threading.Event = field(default_factory=threading.Event)

    def work(self) -> None:
        while not self.stopped.is_set():
            for node in self.nodes:
                if self.is_served_by(node):
                    self.answered.append(time.monotonic())
                    break
            time.sleep(0.05)

    def is_served_by(self, node: Minio) -> bool:
        name, content = f"{TENANT}/{secrets.token_hex(4)}", secrets.token_bytes(64)
        try:
            node.put_object("media-documents", name, BytesIO(content), len(content))
            return bool(node.get_object("media-documents", name).data == content)
        except (MinioException, HTTPError):
            return False

    @property
    def nodes(self) -> list[Minio]:
        login = self.outputs["credentials"]["media_service"]["s3"]
        pool = urllib3.PoolManager(
            ssl_context=ssl.create_default_context(cadata=self.outputs["authority"]), timeout=2, retries=False
        )
        return [
            Minio(f"{each['host']}:{each['port']}", login["accessKey"], login["secretKey"], http_client=pool)
            for each in self.outputs["endpoints"]["minio"]["nodes"]
        ]

    @property
    def longest_pause(self) -> float:
        return max(after - before for before, after in pairwise(self.answered))


def started(made: StackUnderTest) -> dict[str, str]:
    """When each node's container was started; Docker's times sort as text."""
    return {name: made.container(name).attrs["State"]["StartedAt"] for name in NODES}


def test_reads_and_writes_go_on_while_every_node_is_made_anew(distributed: StackUnderTest) -> None:
    before = started(distributed)
    client = Client(distributed.outputs())
    thread = threading.Thread(target=client.work)
    thread.start()
    try:
        time.sleep(2)
        distributed.settings["objectStore"]["limits"] = {"memory": "768MiB", "cpus": 1.5}
        distributed.configure()
        up = distributed.command("up", "--yes", "--skip-verify", timeout=300)
        time.sleep(2)
    finally:
        client.stopped.set()
        thread.join()
    assert up.returncode == 0, up.stdout[-2000:] + up.stderr[-2000:]
    after = started(distributed)
    assert all(after[name] != before[name] for name in NODES)
    assert list(after) == sorted(after, key=lambda name: after[name])
    assert client.longest_pause < LONGEST_PAUSE, f"{client.longest_pause:.1f} s"
