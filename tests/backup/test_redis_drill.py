"""Sessions outlive a kill of their server, and a drill shows it without killing anybody."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import docker
import pytest

from infra.backup.drill.cache import FLUSH_SECONDS, cache_login
from infra.model.loading import load_intent, load_services, load_stack
from infra.model.recovery.data_folder import ASK, identity
from infra.provider.cache_login import connect
from infra.provider.cache_session import Session
from policies.sources.live.cache.drills import read_cache_drills
from tests.servers.stack import StackUnderTest

pytestmark = pytest.mark.docker
SERVICE = load_services()["user_service"]
SESSIONS = [f"aqstream:user:session:{number}" for number in range(200)]


@pytest.fixture
def sessions(backed_up: StackUnderTest) -> Iterator[Session]:
    """The service's own connection, its test sessions removed afterwards."""
    with connect(login(backed_up)) as session:
        yield session
    with connect(login(backed_up), patience=20) as session:
        session.run("DEL", *SESSIONS)


def login(stack: StackUnderTest) -> Any:
    return cache_login(stack.outputs(), load_stack(stack.name, stack.config_file), SERVICE)


def test_the_drill_passes_keeps_its_report_and_leaves_nothing(backed_up: StackUnderTest, tmp_path: Path) -> None:
    before = backed_up.leftovers()
    drill = backed_up.command("drill", "--redis", "--evidence", str(tmp_path))
    assert drill.returncode == 0, drill.stdout + drill.stderr
    (report,) = (tmp_path / backed_up.name).glob("*.json")
    content = json.loads(report.read_text())
    assert {each["name"]: each["passed"] for each in content["judgements"]} == {"marker": True, "keys": True}
    assert (content["instance"], content["recovery_point"]) == ("redis", FLUSH_SECONDS)
    assert backed_up.leftovers() == before
    listed = backed_up.container("redis").exec_run(["ls", "/data"]).output.decode()
    assert "drill" not in listed


def test_a_drill_counts_while_its_data_is_there_wherever_its_report_is_kept(
    backed_up: StackUnderTest, tmp_path: Path
) -> None:
    intent, page = load_intent(backed_up.name, backed_up.config_file), tmp_path / "report.html"
    assert backed_up.command("drill", "--redis", "--evidence", str(tmp_path)).returncode == 0
    backed_up.container("redis").restart()
    drills, unread = read_cache_drills(intent, tmp_path)
    assert (unread, drills["redis"].chain_problems, drills["redis"].passed is None) == ((), (), False)
    rules = "cache_persistence_works,cache_is_drilled"
    verified = backed_up.command(
        *("verify", "--plane", "live", "--only", rules, "--evidence", str(tmp_path), "--format", f"html={page}")
    )
    assert verified.returncode == 0, verified.stdout + verified.stderr
    assert "Passed: started from its disk" in page.read_text()
    (report,) = (tmp_path / backed_up.name).glob("*.json")
    report.write_text(report.read_text().replace(json.loads(report.read_text())["cluster"], "884754 1795918369.5"))
    assert read_cache_drills(intent, tmp_path)[0]["redis"].passed is None


def test_a_new_volume_is_told_from_the_one_before_it(backed_up: StackUnderTest) -> None:
    containers, image = docker.from_env().containers, backed_up.container("redis").image.id
    printed = [containers.run(image, entrypoint=list(ASK), volumes=["/data"], remove=True).decode() for _ in range(2)]
    assert len({*map(identity, printed), ""}) == 3


def test_sessions_older_than_the_documented_second_survive_a_kill_of_the_stack_s_server(
    backed_up: StackUnderTest, sessions: Session
) -> None:
    for key in SESSIONS:
        sessions.run("SET", key, "x", "EX", 600)
    time.sleep(FLUSH_SECONDS + 0.5)
    container = backed_up.container("redis")
    container.kill("SIGKILL")
    container.start()
    with connect(login(backed_up), patience=20) as again:
        assert again.run("EXISTS", *SESSIONS) == len(SESSIONS)
