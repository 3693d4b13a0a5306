"""A stack's life as its user sees it: up, up again, a mistake, an interruption, destroy."""

import json
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers.stack import StackUnderTest, stack

pytestmark = pytest.mark.docker


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[StackUnderTest]:
    with stack(tmp_path) as made:
        yield made


def test_up_deploys_and_verifies_then_nothing_changes_then_destroy_leaves_nothing(fresh: StackUnderTest) -> None:
    first = fresh.command("up")
    assert first.returncode == 0, first.stderr
    assert f"VERIFIED {fresh.name}" in first.stdout + first.stderr
    for name, port in (("postgres-payment", fresh.settings["instances"]["postgres-payment"]["port"]),):
        assert name in first.stdout
        assert f"127.0.0.1:{port}" in first.stdout

    second = fresh.command("up", "--expect-no-changes")
    assert second.returncode == 0, second.stderr
    assert "Nothing changes" in second.stderr

    verdict = fresh.command("verify")
    assert verdict.returncode == 0, verdict.stdout + verdict.stderr

    gone = fresh.command("destroy", "--yes")
    assert gone.returncode == 0, gone.stderr
    assert fresh.leftovers() == []


def test_a_taken_port_is_named_with_its_holder(fresh: StackUnderTest) -> None:
    with socket.create_server(("127.0.0.1", fresh.settings["objectStore"]["port"])) as listener:
        port = listener.getsockname()[1]
        refused = fresh.command("up", "--skip-verify")
    assert refused.returncode == 4
    assert f"127.0.0.1:{port}" in refused.stderr
    assert "python" in refused.stderr or "pytest" in refused.stderr
    assert "Traceback" not in refused.stderr
    again = fresh.command("up", "--skip-verify")
    assert again.returncode == 0, again.stdout + again.stderr


def wait_for_containers(fresh: StackUnderTest, count: int) -> None:
    deadline = time.monotonic() + 60
    while len([name for name in fresh.leftovers() if not name.endswith(("-config", "-data"))]) < count:
        assert time.monotonic() < deadline, fresh.leftovers()
        time.sleep(0.05)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_an_interrupted_up_is_finished_by_the_next(fresh: StackUnderTest, how: signal.Signals) -> None:
    running = fresh.start("up", "--skip-verify")
    wait_for_containers(fresh, 7)
    running.send_signal(how)
    _, errors = running.communicate(timeout=120)
    assert running.returncode == (8 if how == signal.SIGINT else -signal.SIGKILL)
    assert "Traceback" not in errors
    json.loads(fresh.state_file.read_text())
    again = fresh.command("up")
    assert again.returncode == 0, again.stdout + again.stderr
    assert fresh.command("up", "--expect-no-changes").returncode == 0
    assert fresh.command("destroy", "--yes").returncode == 0
    assert fresh.leftovers() == []


def test_an_unknown_stack_is_answered_with_the_known_ones(fresh: StackUnderTest) -> None:
    fresh.config_file.unlink()
    environment = fresh.environment
    environment.pop("AQDATA_CONFIG_FILE")
    answer = fresh.command("preview", "--stack", "nowhere", "--config-file", str(fresh.folder / "none.yaml"))
    assert answer.returncode in (2, 6)
    assert "none.yaml" in answer.stderr
    assert "Traceback" not in answer.stderr


@pytest.mark.parametrize("command", [("backup", "list"), ("restore", "-i", "postgres-user", "--plan")])
def test_what_is_asked_of_a_stack_that_was_never_deployed_leaves_nothing(
    fresh: StackUnderTest, command: tuple[str, ...]
) -> None:
    answer = fresh.command(*command)
    assert answer.returncode == 4
    assert "postgres-user is not deployed" in answer.stderr
    assert f"aqdata up --stack {fresh.name}" in answer.stderr
    assert fresh.leftovers() == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("config: [", "Pulumi."),
        ("config:\n  aqstream:instances: {postgres-user: {port: none}}\n", "instances.postgres-user.port"),
        ("config:\n  aqstream:colour: red\n", "colour: unknown key"),
    ],
)
def test_a_wrong_stack_file_stops_before_anything_is_made(fresh: StackUnderTest, text: str, expected: str) -> None:
    fresh.config_file.write_text(text)
    answer = fresh.command("up")
    assert answer.returncode == 2
    assert expected in answer.stderr
    assert "Traceback" not in answer.stderr
    assert fresh.leftovers() == []


def test_a_protected_stack_is_destroyed_only_by_its_name(fresh: StackUnderTest) -> None:
    fresh.configure(protect=True)
    assert fresh.command("up", "--skip-verify").returncode == 0
    before = fresh.leftovers()
    refused = fresh.command("destroy", "--yes")
    assert refused.returncode == 2
    assert fresh.name in refused.stderr
    assert fresh.leftovers() == before
    wrong = fresh.command("destroy", "--yes", "--confirm", "something")
    assert wrong.returncode == 2
    assert fresh.command("destroy", "--yes", "--confirm", fresh.name).returncode == 0
    assert [name for name in fresh.leftovers() if not name.endswith("-data")] == []
