"""The object store's disk is full: WAL waits on the instance, one message says why, and nothing is lost."""

import time
from collections.abc import Iterator

import docker
import pytest

from tests.backup.on_stack import INSTANCE, await_archived, await_full, execute, findings, query, switch_wal, window
from tests.servers.stack import StackUnderTest, stack

pytestmark = [pytest.mark.docker, pytest.mark.long]
SMALL = {"type": "tmpfs", "device": "tmpfs", "o": "size=400m,uid=999,gid=999,mode=0700"}
FILLER = "/data/filler"


@pytest.fixture
def small_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StackUnderTest]:
    """A stack whose object store has a disk of 400 MB: its volume is there before the stack."""
    with stack(tmp_path_factory.mktemp("full"), "tf") as made:
        labels = {"aqstream.stack": made.name}
        docker.from_env().volumes.create(f"aqstream-{made.name}-minio-data", "local", driver_opts=SMALL, labels=labels)
        up = made.command("up", "--skip-verify")
        assert up.returncode == 0, up.stderr
        yield made


def test_a_full_store_is_a_finding_and_what_waited_is_archived_afterwards(small_store: StackUnderTest) -> None:
    await_full(small_store)
    minio = small_store.container("minio")
    minio.exec_run(["dd", "if=/dev/zero", f"of={FILLER}", "bs=1M"])
    segments = [switch_wal(small_store) for _ in range(10)]
    deadline = time.monotonic() + 60
    while query(small_store, "SELECT failed_count > 0 FROM pg_stat_archiver") != "t":
        assert time.monotonic() < deadline
        time.sleep(1)
    assert findings(small_store, "backup_archive_keeps_up")
    refused = small_store.command("backup", "run", "-i", INSTANCE)
    assert refused.returncode == 4
    assert refused.stderr.count("error:") == 1
    assert query(small_store, "SELECT 1") == "1"
    restorable = window(small_store)["latest"]
    assert restorable is not None
    minio.exec_run(["rm", FILLER])
    await_archived(small_store, segments[-1], seconds=180)
    assert window(small_store)["gaps"] == []
    assert findings(small_store, "backup_archive_keeps_up") == []
    assert execute(small_store, ["pgbackrest", f"--stanza={INSTANCE}", "check"])[0] == 0
