"""How fast a database of 2 GB is backed up and restored, beside pg_basebackup to the local disk; archiving and drills.

The figures are printed (`pytest -s`); the machine should do nothing else.
"""

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.components.container import UID
from infra.components.postgres_settings import pg_hba_conf
from infra.provider.files import FilesInputs, FilesType
from tests.backup.on_stack import INSTANCE, await_full, execute, query
from tests.servers.stack import INSTANCES, StackUnderTest, stack

pytestmark = [pytest.mark.docker, pytest.mark.long]

HOME = "/var/lib/postgresql"
SCALE = 134
"""Of pgbench: about 2.0 GB."""
LEAST_RATIO = 0.8
ROUNDS = 3
LONGEST_LAG = 5.0
LONGEST_DRILL = 60.0
PGBENCH_SECONDS = 120


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StackUnderTest]:
    """A stack whose instance may use both cores, as pg_basebackup does."""
    with stack(tmp_path_factory.mktemp("bench"), "tbb") as made:
        ample = {"limits": {"memory": "2GiB", "cpus": 2}}
        instances = made.settings["instances"]
        instances[INSTANCE] |= ample | {"settings": {"max_wal_size": "4GB"}}
        made.configure(objectStore=made.settings["objectStore"] | {"limits": {"memory": "1GiB", "cpus": 2}})
        up = made.command("up", "--skip-verify", timeout=400)
        assert up.returncode == 0, up.stderr
        yield made


@pytest.fixture(scope="module")
def filled(bench: StackUnderTest) -> StackUnderTest:
    """With the database, and WAL of its making archived."""
    await_full(bench)
    code, said = execute(
        bench, ["pgbench", "--initialize", "--quiet", f"--scale={SCALE}", "--host=/run/postgresql", "postgres"]
    )
    assert code == 0, said
    query(bench, "CHECKPOINT")
    execute(bench, ["pgbackrest", f"--stanza={INSTANCE}", "check"])
    return bench


def allow_basebackup(stack_: StackUnderTest) -> None:
    container = stack_.container(INSTANCE)
    files = {"pg_hba.conf": pg_hba_conf() + "local replication postgres peer\n"}
    image = container.attrs["Image"]
    FilesType().create(FilesInputs(volume=f"{container.name}-config", image=image, files=files, uid=UID, gid=UID))
    query(stack_, "SELECT pg_reload_conf()")


def timed(stack_: StackUnderTest, command: list[str]) -> float:
    """Seconds it takes, without writing what the one before it left to be written."""
    os.sync()
    started = time.monotonic()
    code, said = execute(stack_, command)
    assert code == 0, said
    return time.monotonic() - started


def test_backup_and_restore_keep_up_with_pg_basebackup(filled: StackUnderTest) -> None:
    allow_basebackup(filled)
    size = int(query(filled, "SELECT sum(pg_database_size(oid)) FROM pg_database"))
    local, restored = f"{HOME}/local", f"{HOME}/restored"
    program = ["pgbackrest", f"--stanza={INSTANCE}"]
    basebackup = ["pg_basebackup", "--host=/run/postgresql", "--checkpoint=fast", f"--pgdata={local}"]
    own = ["--lock-path=/tmp/bench", "--spool-path=/tmp/bench"]  # a restore empties its spool; not the server's
    restore = [*program, f"--pg1-path={restored}", *own, "restore"]
    times: dict[str, list[float]] = {"pg_basebackup": [], "backup": [], "restore": []}
    for _ in range(ROUNDS):
        times["pg_basebackup"].append(timed(filled, basebackup))
        execute(filled, ["rm", "-rf", local])
        times["backup"].append(timed(filled, [*program, "--type=full", "backup"]))
        times["restore"].append(timed(filled, restore))
        execute(filled, ["rm", "-rf", restored])
    print("", *(f"{name}: {', '.join(f'{each:.1f}' for each in taken)} s" for name, taken in times.items()), sep="\n")
    best = {name: min(taken) for name, taken in times.items()}
    ratios = {name: best["pg_basebackup"] / best[name] for name in ("backup", "restore")}
    rates = ", ".join(f"{name} {seconds:.1f} s = {size / seconds / 1e6:.0f} MB/s" for name, seconds in best.items())
    print(f"\n{size / 1e9:.2f} GB: {rates}; ratio of backup {ratios['backup']:.2f}, of restore {ratios['restore']:.2f}")
    assert min(ratios.values()) >= LEAST_RATIO


def test_archiving_keeps_up_with_pgbench(filled: StackUnderTest) -> None:
    load = [
        "pgbench",
        f"--time={PGBENCH_SECONDS}",
        "--client=4",
        "--jobs=2",
        "--no-vacuum",
        "--host=/run/postgresql",
        "postgres",
    ]
    before = int(query(filled, "SELECT archived_count FROM pg_stat_archiver"))
    code, said = execute(filled, load)
    assert code == 0, said
    started = time.monotonic()
    segment = query(filled, "SELECT pg_walfile_name(pg_switch_wal())")
    while query(filled, f"SELECT last_archived_wal >= '{segment}' FROM pg_stat_archiver") != "t":
        assert time.monotonic() < started + 120
        time.sleep(0.05)
    lag = time.monotonic() - started
    archived = int(query(filled, "SELECT archived_count FROM pg_stat_archiver")) - before
    rate = next(line for line in said.splitlines() if line.startswith("tps"))
    print(f"\npgbench {PGBENCH_SECONDS} s: {rate}; {archived} segments archived, lag at the end {lag:.2f} s")
    assert lag < LONGEST_LAG


def test_a_drill_of_all_four_instances(deployed: StackUnderTest, tmp_path: Path) -> None:
    deadline = time.monotonic() + 180
    while any(not found["spans"] for found in windows(deployed)):
        assert time.monotonic() < deadline
        time.sleep(1)
    started = time.monotonic()
    drill = deployed.command(
        "drill", *(part for name in INSTANCES for part in ("-i", name)), "--evidence", str(tmp_path), timeout=400
    )
    seconds = time.monotonic() - started
    assert drill.returncode == 0, drill.stdout + drill.stderr
    print(f"\ndrill of {len(INSTANCES)} instances: {seconds:.1f} s")
    assert seconds <= LONGEST_DRILL


def windows(stack_: StackUnderTest) -> list[dict[str, list[object]]]:
    found: list[dict[str, list[object]]] = json.loads(stack_.command("backup", "window", "--json").stdout)
    return found
