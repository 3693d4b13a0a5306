"""`aqdata selftest`: what it tries, what it prints, and that it leaves nothing behind."""

import json
import re
import signal
from pathlib import Path

import docker
import pytest
from typer.testing import CliRunner

from cli.commands.selftest import app
from policies.mutants.mutant import load_mutants
from tests.servers.stack import StackUnderTest, stack

ONE_OF_EACH = (
    "row_security_disabled",
    "verifier_cannot_log_in",
    "hba_trusts_everybody",
    "user_without_password",
    "quota_removed",
    "memory_limit_raised",
    "comment_added",
)


def of_copies() -> set[str]:
    """Containers, networks and volumes of any self-test on this host."""
    api = docker.from_env().api
    names = [name for each in api.containers(all=True) for name in each["Names"]]
    names += [each["Name"] for each in (*api.networks(), *(api.volumes()["Volumes"] or ()))]
    return {name for name in names if "selftest-" in name}


def test_the_list_has_every_mutant() -> None:
    listed = CliRunner().invoke(app, ["--list"])
    assert listed.exit_code == 0
    assert len(listed.stdout.splitlines()) == len(load_mutants())


@pytest.mark.parametrize(("globs", "expected"), [(["minio"], "minio"), (["harmless"], "harmless")])
def test_a_place_and_what_is_harmless_can_be_chosen(globs: list[str], expected: str) -> None:
    listed = CliRunner().invoke(app, ["--list", *(word for glob in globs for word in ("--only", glob))])
    assert {line.split()[0] for line in listed.stdout.splitlines()} == {expected}


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--only", "no_such_mutant"], "no mutant is called no_such_mutant"),
        (["--format", "tea-leaves"], "'tea-leaves' is no format"),
    ],
)
def test_what_cannot_be_chosen_is_named(arguments: list[str], reason: str) -> None:
    refused = CliRunner().invoke(app, arguments)
    assert reason in str(refused.exception)


@pytest.mark.docker
def test_one_mutant_of_each_kind_is_noticed_and_a_harmless_one_is_not(deployed: StackUnderTest) -> None:
    only = [word for name in ONE_OF_EACH for word in ("--only", name)]
    done = deployed.command("selftest", "--in-place", "--format", "json", *only)
    assert done.stdout, done.stderr
    report = json.loads(done.stdout)
    outcomes = {trial["mutant"]: trial["outcome"] for trial in report["trials"]}
    assert outcomes == {name: "quiet" if name == "comment_added" else "noticed" for name in ONE_OF_EACH}, done.stderr
    assert (report["residue"], done.returncode) == ([], 0)


@pytest.mark.docker
@pytest.mark.long
def test_every_mutant_is_noticed_on_a_copy_that_is_gone_afterwards(tmp_path: Path) -> None:
    before = of_copies()
    with stack(tmp_path, "st") as declared:
        done = declared.command("selftest", "--format", "json", timeout=1800)
    assert done.stdout, done.stderr
    report = json.loads(done.stdout)
    assert [trial for trial in report["trials"] if trial["outcome"] not in ("noticed", "quiet", "not run")] == []
    assert done.returncode == 0
    assert of_copies() <= before


@pytest.mark.docker
@pytest.mark.long
def test_an_interrupted_self_test_removes_its_copy(tmp_path: Path) -> None:
    before = of_copies()
    with stack(tmp_path, "st") as declared:
        running = declared.start("selftest", "--only", "postgres")
        assert running.stderr
        while not re.match("noticed|quiet", running.stderr.readline()):
            assert running.poll() is None
        running.send_signal(signal.SIGINT)
        _, errors = running.communicate(timeout=300)
    assert running.returncode == 8, errors
    assert of_copies() <= before
