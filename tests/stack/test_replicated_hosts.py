"""An instance whose nodes lie on three Docker hosts, and one of the hosts cut off while somebody writes."""

import json
import os
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import psycopg
import pytest
from docker.errors import DockerException

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
NAMES = ("aqh1", "aqh2", "aqh3")
IMAGES = ("postgres", "redis", "minio", "patroni", "etcd", "haproxy", "pgbouncer")
INSTANCE = "postgres-payment"
_WRITES = "SELECT pg_current_xact_id() IS NOT NULL"
_PSQL = ["psql", "-XqAt", "-h", "/run/postgresql", "-U", "postgres", "-v", "ON_ERROR_STOP=1"]
CUT_OFF_SECONDS = 30.0
LONGEST_PAUSE = 15.0


@pytest.fixture(scope="module")
def hosts() -> Iterator[dict[str, SwarmHost]]:
    ensure_images(IMAGES, silent)
    with swarm(NAMES, [current_tags()[image] for image in IMAGES], 81) as found:
        yield {host.name: host for host in found}


@pytest.fixture(scope="module")
def spread(hosts: dict[str, SwarmHost], tmp_path_factory: pytest.TempPathFactory) -> Iterator[StackUnderTest]:
    with stack(tmp_path_factory.mktemp("replicated"), "thr") as made:
        made.settings["sizing"] = "small"
        made.settings["hosts"] = {
            name: {"docker": host.socket, "address": host.address} for name, host in hosts.items()
        }
        made.replicate([INSTANCE], 2)
        # The proxy and the pooler are where the primary is not, so that cutting that off leaves a way in.
        made.settings["placement"] = {
            INSTANCE: list(NAMES),
            "etcd": list(NAMES),
            f"{INSTANCE}-proxy": [NAMES[0]],
            f"{INSTANCE}-pooler": [NAMES[0]],
        }
        made.settings["encryptedOverlay"] = False  # this kernel may have no ESP
        made.configure()
        up = made.command("up", "--yes", "--skip-verify", timeout=600)
        assert up.returncode == 0, up.stdout[-2000:] + up.stderr[-2000:]
        yield made
        made.command("destroy", "--yes", timeout=300)


@dataclass
class Cluster:
    """The instance's nodes, each on its host."""

    made: StackUnderTest
    hosts: dict[str, SwarmHost]

    def node(self, position: int) -> Any:
        name = f"aqstream-{self.made.name}-{INSTANCE}-{position + 1}"
        return self.hosts[NAMES[position]].client.containers.get(name)

    def sql(self, position: int, statement: str, database: str = "postgres") -> str | None:
        """The answer of one node from inside its container, through its host's own socket; None where it refuses."""
        with suppress(DockerException):
            ended = self.node(position).exec_run([*_PSQL, "-d", database, "-c", statement])
            if ended.exit_code == 0:
                return str(ended.output.decode().strip())
        return None

    def let_etcd_lead(self, position: int) -> None:
        """Have the etcd node of this host lead."""
        await_true(lambda: all("leader" in each for each in self.etcd_status()), 60, "etcd node of a healed host")
        status = self.etcd_status()
        wanted, leads = status[position]["header"]["member_id"], status[position]["leader"]
        leader = next(each for each, found in enumerate(status) if found["header"]["member_id"] == leads)
        if leads != wanted:
            moved = self.etcd(leader).exec_run(["aqstream-etcdctl", "move-leader", f"{wanted:x}"])
            assert moved.exit_code == 0, moved.output

    def etcd_status(self) -> list[dict[str, Any]]:
        """What each node of etcd says of itself; one that has not found the others names no leader."""
        asked = ["aqstream-etcdctl", "endpoint", "status", "--write-out=json"]
        answers = [self.etcd(each).exec_run(asked) for each in range(len(NAMES))]
        return [{} if answer.exit_code else json.loads(answer.output)[0]["Status"] for answer in answers]

    def etcd(self, position: int) -> Any:
        return self.hosts[NAMES[position]].client.containers.get(f"aqstream-{self.made.name}-etcd-{position + 1}")

    def writable(self) -> list[int]:
        return [position for position in range(3) if self.sql(position, _WRITES) == "t"]

    def streams(self) -> bool:
        primaries = self.writable()
        counted = "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'"
        return len(primaries) == 1 and self.sql(primaries[0], counted) == "2"


@dataclass
class Writer:
    """Writes through the pooler, and keeps what was answered and when."""

    url: dict[str, Any] = field(repr=False)  # has a password
    answered: list[tuple[float, int]] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        number = 0
        while not self.stop.is_set():
            with suppress(psycopg.Error), psycopg.connect(**self.url, autocommit=True) as connection:
                while not self.stop.is_set():
                    number += 1
                    connection.execute("INSERT INTO cut.written VALUES (%s)", [number])
                    self.answered.append((time.monotonic(), number))
                    time.sleep(0.02)
            time.sleep(0.2)

    @property
    def longest_gap(self) -> float:
        return max(after - before for (before, _), (after, _) in pairwise(self.answered))


@pytest.fixture
def cluster(spread: StackUnderTest, hosts: dict[str, SwarmHost]) -> Cluster:
    found = Cluster(spread, hosts)
    await_true(found.streams, 120, "two replicas that stream")
    return found


@pytest.fixture
def writer(cluster: Cluster) -> Iterator[Writer]:
    make = (
        "DROP SCHEMA IF EXISTS cut CASCADE; CREATE SCHEMA cut; CREATE TABLE cut.written (number bigint PRIMARY KEY);"
        "GRANT USAGE ON SCHEMA cut TO payment_service_app; GRANT SELECT, INSERT ON cut.written TO payment_service_app"
    )
    assert cluster.sql(cluster.writable()[0], make, "aqstream") is not None
    outputs = cluster.made.outputs()
    pooled = outputs["endpoints"][INSTANCE]["pooled"]
    password = outputs["credentials"]["payment_service"]["postgres"]["payment_service_app"]
    login = {"user": "payment_service_app", "password": password, "dbname": "aqstream", "sslmode": "require"}
    found = Writer({"host": pooled["host"], "port": pooled["port"], "connect_timeout": 5, **login})
    thread = threading.Thread(target=found.run)
    thread.start()
    await_true(lambda: len(found.answered) > 50, 60, "writes")
    yield found
    found.stop.set()
    thread.join()
    cluster.sql(cluster.writable()[0], "DROP SCHEMA cut CASCADE", "aqstream")


def await_true(is_so: Any, seconds: float, what: str) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, f"no {what} within {seconds:.0f} s"
        time.sleep(0.3)


def test_every_node_is_on_its_own_host(cluster: Cluster) -> None:
    for position, name in enumerate(NAMES):
        running = {str(each.name).split("-", 2)[2] for each in cluster.hosts[name].client.containers.list()}
        assert {f"{INSTANCE}-{position + 1}", f"etcd-{position + 1}"} <= running


def test_status_backups_and_verification_see_all_hosts(cluster: Cluster) -> None:
    status = cluster.made.command("status", "--json")
    assert status.returncode == 0, status.stdout[-2000:]
    shown = json.loads(status.stdout)["instances"][INSTANCE]
    assert [server["role"] for server in shown["servers"]].count("primary") == 1
    backup = cluster.made.command("backup", "run", "--instance", INSTANCE, "--type", "incr", timeout=300)
    assert backup.returncode == 0, backup.stderr[-1000:]
    verified = cluster.made.command("verify", timeout=400)
    assert verified.returncode == 0, verified.stdout[-3000:] + verified.stderr[-1000:]


def test_a_copy_is_restored_where_the_instance_is(cluster: Cluster) -> None:
    restored = cluster.made.command("restore", "--instance", INSTANCE, timeout=400)
    assert restored.returncode == 0, restored.stderr[-1500:]
    first = cluster.hosts[NAMES[0]]
    copies = [each for each in first.client.containers.list() if "-restored-" in str(each.name)]
    try:
        assert f"{first.address}:" in restored.stdout
        assert len(copies) == 1
    finally:
        for copy in copies:
            copy.remove(force=True)
            first.client.volumes.get(f"{copy.name}-data").remove(force=True)


def test_it_goes_back_in_place_where_its_primary_is_and_replicas_on_other_hosts_follow(cluster: Cluster) -> None:
    moved = cluster.made.command("switchover", INSTANCE, "--to", f"{INSTANCE}-2")
    assert moved.returncode == 0, moved.stderr
    await_true(cluster.streams, 60, "two replicas that stream")
    backup = cluster.made.command("backup", "run", "-i", INSTANCE, "--type", "incr", timeout=300)
    assert backup.returncode == 0, backup.stderr
    for statement in (
        "CREATE TABLE public.kept AS SELECT 1 AS n",
        "SELECT pg_create_restore_point('before-release')",
        "CREATE TABLE public.undone (n int)",
    ):
        assert cluster.sql(1, statement) is not None
    checked = cluster.made.command("backup", "check", "-i", INSTANCE, timeout=120)
    assert checked.returncode == 0, checked.stderr
    confirmed = ("--in-place", "--confirm", f"aqstream-{cluster.made.name}-{INSTANCE}")
    back = cluster.made.command("restore", "-i", INSTANCE, "--to", "name:before-release", *confirmed, timeout=500)
    assert back.returncode == 0, back.stderr
    await_true(cluster.streams, 120, "two replicas that stream")
    assert cluster.writable() == [1]
    tables = "SELECT string_agg(relname, ',') FROM pg_class WHERE relname IN ('kept', 'undone')"
    assert {cluster.sql(position, tables) for position in range(3)} == {"kept"}
    assert cluster.sql(1, "DROP TABLE public.kept") is not None


def test_nothing_changes_without_a_change(cluster: Cluster) -> None:
    shown = cluster.made.command("preview")
    assert "Nothing changes" in shown.stdout, shown.stdout[-3000:] + shown.stderr[-1000:]


@pytest.mark.parametrize("etcd_leads_there", [False, True], ids=["beside_etcds_leader", "with_etcds_leader"])
def test_a_host_that_is_cut_off_costs_seconds_and_no_answered_commit(
    cluster: Cluster, writer: Writer, etcd_leads_there: bool
) -> None:
    lost = 1
    if cluster.writable() != [lost]:
        moved = cluster.made.command("switchover", INSTANCE, "--to", f"{INSTANCE}-{lost + 1}")
        assert moved.returncode == 0, moved.stderr
    await_true(cluster.streams, 60, "two replicas that stream")
    cluster.let_etcd_lead(lost if etcd_leads_there else 0)
    two_primaries = []
    with cluster.hosts[NAMES[lost]].cut_off():
        started, before = time.monotonic(), len(writer.answered)
        while time.monotonic() < started + CUT_OFF_SECONDS or len(writer.answered) < before + 50:
            writable = cluster.writable()
            two_primaries += [writable] if len(writable) > 1 else []
            assert time.monotonic() < started + 120, "writes do not come back"
            time.sleep(0.2)
        assert lost not in cluster.writable()
    await_true(cluster.streams, 120, "former primary that follows")
    answered = list(writer.answered)
    kept = set((cluster.sql(cluster.writable()[0], "SELECT number FROM cut.written", "aqstream") or "").split())
    assert [number for _, number in answered if str(number) not in kept] == []
    assert two_primaries == []
    print(f"\n{writer.longest_gap:.1f} s without writes, none of {len(answered)} answered ones lost")
    assert writer.longest_gap <= LONGEST_PAUSE, f"{writer.longest_gap:.1f} s"
