"""Snapshots of a real consensus store in a real object store: made when due, encrypted, kept so long, restored."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest
from minio import Minio
from minio.error import S3Error

from infra.backup.container import execute
from infra.etcd.snapshots import listed, make, restore
from infra.host.docker_api import engine
from infra.host.progress import silent
from infra.model.availability import ETCD
from infra.model.errors import ResourceError
from infra.model.stack import BACKUP_BUCKET
from infra.waiting import await_so
from tests.servers.etcd import INSTANCE, TestEtcd, running_etcd

pytestmark = [pytest.mark.docker, pytest.mark.long]
KEY = f"/aqstream/{INSTANCE}/config"
FORM = "%Y%m%dT%H%M%SZ"


@pytest.fixture(scope="module")
def etcd() -> Iterator[TestEtcd]:
    with running_etcd() as found:
        yield found


def run(container: str, *command: str) -> str:
    ended = execute(container, list(command))
    assert ended.code == 0, ended.errors
    return ended.output.strip()


def put(etcd: TestEtcd, value: str) -> None:
    run(etcd.containers[0], "aqstream-etcdctl", "put", KEY, value)


def held(container: str) -> str:
    return run(container, "aqstream-etcdctl", "get", KEY, "--print-value-only")


def is_healthy(container: str) -> bool:
    return not execute(container, ["aqstream-etcdctl", "endpoint", "health"]).code


def store_of(etcd: TestEtcd) -> Minio:
    return etcd.store.s3(ETCD)


def clear(etcd: TestEtcd) -> None:
    for each in store_of(etcd).list_objects(BACKUP_BUCKET, prefix=f"{ETCD}/", recursive=True):
        store_of(etcd).remove_object(BACKUP_BUCKET, str(each.object_name))


def put_aged(etcd: TestEtcd, age: timedelta) -> str:
    """An object that is named like a snapshot of that age."""
    content = store_of(etcd).get_object(BACKUP_BUCKET, f"{ETCD}/{make(etcd.containers)}").read()
    clear(etcd)
    name = (datetime.now(UTC) - age).strftime(FORM)
    store_of(etcd).put_object(BACKUP_BUCKET, f"{ETCD}/{name}", BytesIO(content), len(content))
    return name


def test_a_snapshot_is_unreadable_without_its_key(etcd: TestEtcd) -> None:
    put(etcd, "seen-in-the-clear")
    name = make(etcd.containers)
    content = store_of(etcd).get_object(BACKUP_BUCKET, f"{ETCD}/{name}").read()
    assert content.startswith(b"Salted__")
    assert b"seen-in-the-clear" not in content


def test_every_member_goes_back_to_the_snapshot_with_its_logins(etcd: TestEtcd) -> None:
    put(etcd, "before")
    name = make(etcd.containers)
    put(etcd, "after")
    restore(etcd.containers, name, silent)
    assert [held(container) for container in etcd.containers] == ["before"] * 3
    assert "Status: true" in run(etcd.containers[0], "aqstream-etcdctl", "auth", "status")
    put(etcd, "goes on")
    assert [held(container) for container in etcd.containers] == ["goes on"] * 3


def test_who_led_when_a_snapshot_was_made_is_never_shown_to_others(etcd: TestEtcd) -> None:
    course = f"/aqstream/{INSTANCE}"
    for key in ("leader", "sync", "status", "failover", "history", "failsafe", "members/node-1"):
        run(etcd.containers[0], "aqstream-etcdctl", "put", f"{course}/{key}", "then")
    put(etcd, "kept")
    name = make(etcd.containers)
    seen = list[str]()
    first, second, _ = etcd.containers
    tls = "/etc/aqstream/tls"
    login = [f"--cacert={tls}/authority.crt", f"--cert={tls}/root.crt", f"--key={tls}/root.key"]
    outside = ["etcdctl", f"--endpoints=https://{list(etcd.nodes)[1]}:2379", *login, "--command-timeout=1s"]

    def look(_: str) -> None:
        from_outside = [*outside, "get", f"{course}/leader", "--print-value-only"]
        try:
            seen.append(execute(first, from_outside).output.strip())
        except ResourceError:
            seen.append("")  # the node that asks is stopped

    restore(etcd.containers, name, look)
    assert "then" in seen[: len(etcd.containers)]
    assert not any(seen[2 * len(etcd.containers) + 1 :])
    look("")
    kept = run(first, "aqstream-etcdctl", "get", course, "--prefix", "--keys-only").split()
    assert kept == [f"{course}/{key}" for key in ("config", "failsafe", "members/node-1")]
    assert held(second) == "kept"
    run(first, "aqstream-etcdctl", "del", f"{course}/", "--prefix")


def test_a_cluster_that_lost_everything_comes_back(etcd: TestEtcd) -> None:
    put(etcd, "kept")
    name = make(etcd.containers)
    for container in etcd.containers:
        run(container, "sh", "-c", "rm -rf /data/etcd/member/snap/* /data/etcd/member/wal/*")
    restore(etcd.containers, name, silent)
    assert [held(container) for container in etcd.containers] == ["kept"] * 3


@pytest.mark.parametrize("killed_after", ["nothing", "it was removed", "it was added"])
def test_a_member_that_lost_its_data_is_let_in_again(etcd: TestEtcd, killed_after: str) -> None:
    put(etcd, "kept by the others")
    first, *_, last = etcd.containers
    name = list(etcd.nodes)[-1]
    members = run(first, "aqstream-etcdctl", "member", "list").splitlines()
    before = next(line.partition(",")[0] for line in members if f" {name}," in line)
    run(last, "sh", "-c", "rm -rf /data/etcd")
    with engine(last) as client:
        client.containers.get(last).kill()
        if killed_after != "nothing":
            run(first, "aqstream-etcdctl", "member", "remove", before)
        if killed_after == "it was added":
            run(first, "aqstream-etcdctl", "member", "add", name, f"--peer-urls=https://{name}:2380")
        client.containers.get(last).start()
    await_so(lambda: is_healthy(last), 30.0, "it is not let in", hint="", every=0.3)
    assert held(last) == "kept by the others"
    members = run(first, "aqstream-etcdctl", "member", "list").splitlines()
    assert (len(members), any(before in line for line in members)) == (3, False)
    with engine(last) as client:
        client.containers.get(last).restart()
    await_so(lambda: is_healthy(last), 30.0, "it does not come back", hint="", every=0.3)


def test_one_is_made_by_the_leader_when_it_is_due_and_not_before(etcd: TestEtcd) -> None:
    old = put_aged(etcd, timedelta(hours=7))
    for container in etcd.containers:
        run(container, "aqstream-etcd-snapshot", "due", "480", "7")
    assert listed(etcd.containers) == [old]
    for container in etcd.containers:
        run(container, "aqstream-etcd-snapshot", "due", "360", "7")
    assert len(listed(etcd.containers)) == 2
    clear(etcd)


def test_what_is_too_old_goes_and_the_newest_never(etcd: TestEtcd) -> None:
    ancient = put_aged(etcd, timedelta(days=9))
    for container in etcd.containers:
        run(container, "aqstream-etcd-snapshot", "due", "100000", "7")
    assert listed(etcd.containers) == [ancient]
    newest = make(etcd.containers)
    for container in etcd.containers:
        run(container, "aqstream-etcd-snapshot", "due", "360", "7")
    assert listed(etcd.containers) == [newest]


def test_a_damaged_snapshot_is_refused_before_anything_is_changed(etcd: TestEtcd) -> None:
    put(etcd, "untouched")
    name = make(etcd.containers)
    content = bytearray(store_of(etcd).get_object(BACKUP_BUCKET, f"{ETCD}/{name}").read())
    content[len(content) // 2] ^= 0xFF
    store_of(etcd).put_object(BACKUP_BUCKET, f"{ETCD}/{name}", BytesIO(bytes(content)), len(content))
    with pytest.raises(ResourceError, match=name):
        restore(etcd.containers, name, silent)
    assert held(etcd.containers[0]) == "untouched"


def test_a_restore_that_not_every_node_could_fetch_is_not_made_up_for_at_a_later_start(etcd: TestEtcd) -> None:
    name = make(etcd.containers)
    put(etcd, "newer than the snapshot")
    first, *others = etcd.containers
    with pytest.raises(ResourceError, match="no-such-etcd"):
        restore([first, "no-such-etcd"], name, silent)
    with engine(first) as client:
        client.containers.get(first).restart()
    await_so(lambda: is_healthy(first), 30.0, "etcd is not back", hint="", every=0.3)
    assert [held(container) for container in (first, *others)] == ["newer than the snapshot"] * 3


def test_its_login_reaches_no_backup_of_an_instance(etcd: TestEtcd) -> None:
    with pytest.raises(S3Error, match="Access Denied"):
        list(store_of(etcd).list_objects(BACKUP_BUCKET, prefix=f"{INSTANCE}/"))
