"""A host that burns down with the first node of everything: forgotten, its work placed elsewhere, and back one day."""

import hashlib
import json
import os
import time
from collections.abc import Iterator
from typing import Any

import pytest
from docker.errors import APIError

from infra.host.progress import silent
from infra.images.build import ensure_images
from infra.images.recipes import current_tags
from tests.servers.stack import StackUnderTest, stack
from tests.servers.swarm import SwarmHost, swarm

pytestmark = [
    pytest.mark.docker,
    pytest.mark.long,
    pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces need root"),
]
LOST, *OTHERS = NAMES = ("aqf1", "aqf2", "aqf3", "aqf4")
SPARE = NAMES[-1]
IMAGES = ("postgres", "redis", "minio", "patroni", "etcd", "haproxy", "pgbouncer")
INSTANCE = "postgres-user"
_IDENTIFIER = [
    "psql",
    "-XqAt",
    "-h",
    "/run/postgresql",
    "-U",
    "postgres",
    "-c",
    "SELECT system_identifier FROM pg_control_system()",
]


@pytest.fixture(scope="module")
def hosts() -> Iterator[dict[str, SwarmHost]]:
    ensure_images(IMAGES, silent)
    with swarm(NAMES, [current_tags()[image] for image in IMAGES], 83) as found:
        yield {host.name: host for host in found}


def declare(made: StackUnderTest, hosts: dict[str, SwarmHost], first: str) -> None:
    """The stack file with this host first, where the first node of everything is."""
    spread = [first, *OTHERS[:-1]]
    made.settings["hosts"] = {
        name: {"docker": hosts[name].socket, "address": hosts[name].address} for name in dict.fromkeys((*spread, SPARE))
    }
    made.settings["placement"] = dict.fromkeys((INSTANCE, "redis", "redis-sentinel", "etcd"), spread)
    made.settings["placement"] |= {"minio": [SPARE], "postgres-shared": [first]}
    made.settings["placement"] |= {name: [OTHERS[0]] for name in ("postgres-payment", "postgres-analytics")}
    made.settings["placement"]["redis-cache"] = [first]
    made.configure()


@pytest.fixture(scope="module")
def spread(hosts: dict[str, SwarmHost], tmp_path_factory: pytest.TempPathFactory) -> Iterator[StackUnderTest]:
    with stack(tmp_path_factory.mktemp("lost"), "tl") as made:
        made.settings["sizing"] = "small"
        made.settings["encryptedOverlay"] = False  # this kernel may have no ESP
        made.settings["cache"]["durable"]["replicas"] = 2
        made.replicate([INSTANCE], 2)
        declare(made, hosts, LOST)
        up = made.command("up", "--yes", "--skip-verify", timeout=600)
        assert up.returncode == 0, up.stdout[-2000:] + up.stderr[-2000:]
        yield made
        made.command("destroy", "--yes", timeout=300)


def cluster_of(made: StackUnderTest, host: SwarmHost, node: int) -> str:
    """Which cluster a node's server has; made anew it would be another one."""
    container: Any = host.client.containers.get(f"aqstream-{made.name}-{INSTANCE}-{node}")
    ended = container.exec_run(_IDENTIFIER)
    assert ended.exit_code == 0, ended.output
    return str(ended.output.decode().strip())


def secrets_of(made: StackUnderTest) -> str:
    """A digest of what must not be made anew."""
    outputs = made.outputs()
    logins = [service["postgres"] for service in outputs["credentials"].values()]
    kept = (logins, outputs["instanceCredentials"], outputs["backupCiphers"], outputs["authority"])
    return hashlib.sha256(json.dumps(kept, sort_keys=True).encode()).hexdigest()


def test_a_lost_host_is_forgotten_and_its_work_goes_on_elsewhere(
    spread: StackUnderTest, hosts: dict[str, SwarmHost]
) -> None:
    cluster, secrets = cluster_of(spread, hosts[OTHERS[0]], 2), secrets_of(spread)
    node = hosts[LOST].client.info()["Swarm"]["NodeID"]
    servers = hosts[LOST].containers(f"aqstream-{spread.name}-")
    with hosts[LOST].cut_off():
        hosts[LOST].kill()
        refused = spread.command("preview")
        assert refused.returncode == 4
        assert "aqdata stack forget-host" in refused.stderr
        forgotten = spread.command("stack", "forget-host", LOST, "--confirm", LOST)
        assert forgotten.returncode == 0, forgotten.stderr
        assert forgotten.stdout.splitlines()[0].split()[3:] == sorted(servers)
        remove(hosts[OTHERS[0]], node)
        declare(spread, hosts, SPARE)
        up = spread.command("up", "--yes", "--skip-verify", timeout=500)
        assert up.returncode == 0, up.stdout[-3000:] + up.stderr[-3000:]
        await_whole(spread)
        assert cluster_of(spread, hosts[SPARE], 1) == cluster
        assert secrets_of(spread) == secrets
        shown = spread.command("preview", "--expect-no-changes")
        assert shown.returncode == 0, shown.stdout[-3000:] + shown.stderr[-2000:]


def await_whole(made: StackUnderTest) -> None:
    """Until every node runs and follows as declared."""
    deadline = time.monotonic() + 120
    while (status := made.command("status")).returncode and time.monotonic() < deadline:
        time.sleep(2)
    assert status.returncode == 0, status.stdout + status.stderr


def remove(manager: SwarmHost, node: str) -> None:
    """`docker node demote` and `docker node rm --force`, once the managers that are left agree on a leader."""
    deadline = time.monotonic() + 60
    while True:
        try:
            _remove(manager.client.api, node)
        except APIError:
            if time.monotonic() > deadline:
                raise
            time.sleep(2)
        else:
            return


def _remove(api: Any, node: str) -> None:
    found = api.inspect_node(node)
    api.update_node(node, found["Version"]["Index"], found["Spec"] | {"Role": "worker"})
    api.remove_node(node, force=True)


def test_the_servers_of_a_host_that_is_no_member_any_more_do_not_come_back(
    spread: StackUnderTest, hosts: dict[str, SwarmHost]
) -> None:
    hosts[LOST].start()
    time.sleep(30)
    found = hosts[LOST].containers(f"aqstream-{spread.name}-")
    assert found
    assert "running" not in found.values(), found
