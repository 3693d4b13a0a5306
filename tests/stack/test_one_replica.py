"""A stack of which one instance has a replica: what goes wrong there is noticed, and its drift is named and mended."""

import json
from collections.abc import Iterator

import pytest
from docker.models.containers import Container

from policies.mutants.mutant import load_mutants
from tests.production.cluster import wait_for
from tests.servers.stack import StackUnderTest, stack
from tests.stack.test_drift import mend_databases, psql

pytestmark = [pytest.mark.docker, pytest.mark.long]
NODES = ("postgres-user-1", "postgres-user-2")
BY_HAND = (
    "GRANT DELETE ON user_service.organizations TO user_service_readonly",
    "ALTER ROLE user_service_app CREATEDB",
    "ALTER TABLE user_service.organizations NO FORCE ROW LEVEL SECURITY",
)


@pytest.fixture(scope="module")
def replicated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StackUnderTest]:
    """It is deployed; each test leaves it as it was."""
    with stack(tmp_path_factory.mktemp("replica"), "tr") as made:
        made.replicate(["postgres-user"], 1)
        made.configure()
        up = made.command("up", "--skip-verify", timeout=400)
        assert up.returncode == 0, up.stderr
        yield made


def test_what_goes_wrong_with_replicas_is_noticed(replicated: StackUnderTest) -> None:
    ours = [mutant.id for mutant in load_mutants() if mutant.change.needs == "replicas"]
    only = [word for name in ours for word in ("--only", name)]
    done = replicated.command("selftest", "--in-place", "--format", "json", *only, timeout=400)
    assert done.stdout, done.stderr
    report = json.loads(done.stdout)
    assert {trial["mutant"]: trial["outcome"] for trial in report["trials"]} == dict.fromkeys(ours, "noticed")
    assert (report["residue"], done.returncode) == ([], 0)


def test_drift_on_a_replicated_instance_is_mended_by_the_commands_it_names(replicated: StackUnderTest) -> None:
    healthy = replicated.command("drift")
    assert healthy.returncode == 0, healthy.stdout
    psql(primary(replicated), *BY_HAND)
    found = replicated.command("drift")
    assert found.returncode == 1, found.stderr
    assert found.stdout.count("aqstream-on-primary psql") == len(BY_HAND)
    mend_databases(found.stdout)
    again = replicated.command("drift")
    assert again.returncode == 0, again.stdout


@pytest.mark.parametrize(("node", "resource"), [(NODES[0], "postgres-user"), (NODES[1], NODES[1])])
def test_a_node_is_made_anew_by_the_command_that_is_named(replicated: StackUnderTest, node: str, resource: str) -> None:
    before = {name: replicated.container(name).id for name in NODES}
    up = replicated.command("up", "--skip-verify", "--replace", f"**Container::{resource}", timeout=300)
    assert up.returncode == 0, up.stderr
    assert {name for name in NODES if replicated.container(name).id != before[name]} == {node}


def test_a_replica_with_spoiled_data_copies_its_primary_anew(replicated: StackUnderTest) -> None:
    leading = primary(replicated).name
    replica = next(each for each in map(replicated.container, NODES) if each.name != leading)
    spoiled = "/var/lib/postgresql/data/spoiled"
    replica.exec_run(["touch", spoiled])
    asked = replica.exec_run(["aqstream-patroni-request", "POST", "/reinitialize", '{"force": true}'])
    assert asked.output.startswith(b"200"), asked.output
    streams = "SELECT count(*) = 1 FROM pg_stat_wal_receiver WHERE status = 'streaming'"
    psql_there = ["psql", "-U", "postgres", "-Atc", streams]
    wait_for(lambda: replica.exec_run(["test", "-e", spoiled]).exit_code == 1, 60, "copy without what was spoiled")
    wait_for(lambda: replica.exec_run(psql_there).output.strip() == b"t", 60, "replica that streams")


def primary(stack: StackUnderTest) -> Container:
    """The node that takes writes."""
    nodes: list[Container] = [stack.container(name) for name in NODES]
    return next(node for node in nodes if takes_writes(node))


def takes_writes(node: Container) -> bool:
    """Whether its server is no replica."""
    output = node.exec_run(["psql", "-U", "postgres", "-Atc", "SELECT pg_is_in_recovery()"]).output
    return isinstance(output, bytes) and output.strip() == b"f"
