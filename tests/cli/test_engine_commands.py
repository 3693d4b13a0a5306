"""The commands that deploy, on the embedded engine and a world that is a dictionary."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pulumi
import pulumi_docker as docker
import pytest

from cli import console, main, plan_policies, stack_access
from infra.engine import Workspace
from infra.engine.embedded import passphrase
from infra.engine.workspace import open_workspace
from policies.violations import plan_violations
from tests.engine.fake import World, provider_for
from tests.engine.programs import Thing

PASSPHRASE = "correct horse"


class Command:
    """Runs `aqdata` in this process, on a stack file of its own."""

    def __init__(self, folder: Path, capture: pytest.CaptureFixture[str]) -> None:
        self.world = World()
        self.program: Callable[[], Any] = lambda: None
        self.file = folder / "Pulumi.t.yaml"
        self.state = folder / "state"
        self._capture = capture
        self.declare(protect=False)
        self.out = self.err = ""

    def declare(self, *, protect: bool, environment: str = "development") -> None:
        flag = str(protect).lower()
        self.file.write_text(f"config:\n  aqstream:environment: {environment}\n  aqstream:protect: {flag}\n")

    def __call__(self, *arguments: str) -> int:
        located = ("--config-file", str(self.file), "--backend", str(self.state), "--stack", "t")
        return self.run(*arguments, *located)

    def run(self, *arguments: str) -> int:
        console.results.cache_clear()
        console.progress.cache_clear()
        code = main.run(list(arguments))
        self.out, self.err = self._capture.readouterr()
        return code

    def resources(self) -> list[dict[str, Any]]:
        """Those of the stack's state."""
        checkpoint = json.loads((self.state / ".pulumi/stacks/aqstream/t.json").read_text())["checkpoint"]
        found: list[dict[str, Any]] = checkpoint["latest"]["resources"]
        return found

    def workspace(self, root: Path, name: str, source: Callable[[], str] | None) -> Workspace:
        found = open_workspace(root, name, source)
        return replace(found, program=self.program, providers={"fake": provider_for(self.world)})


@pytest.fixture
def aqdata(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Command]:
    command = Command(tmp_path, capsys)
    for variable in [name for name in os.environ if name.startswith("AQDATA_")]:
        monkeypatch.delenv(variable)
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", PASSPHRASE)
    monkeypatch.setenv("AQDATA_ENGINE", "embedded")
    monkeypatch.setattr(passphrase, "ROUNDS", 1000)
    monkeypatch.setattr(stack_access, "open_workspace", command.workspace)
    monkeypatch.setattr(plan_policies, "plan_violations", lambda _planned, _intent: ())
    yield command
    console.results.cache_clear()
    console.progress.cache_clear()


def two_things() -> None:
    Thing("one", {"size": 1})
    thing = Thing("two", {"size": 2, "word": pulumi.Output.secret("hush-hush")})
    pulumi.export("made", thing.made)
    pulumi.export("word", pulumi.Output.secret("hush-hush"))


@pytest.fixture
def deployed(aqdata: Command) -> Command:
    aqdata.program = two_things
    assert up(aqdata) == 0
    return aqdata


def up(command: Command) -> int:
    return command("up", "--skip-verify")


@pytest.mark.docker
def test_up_deploys_and_a_second_run_changes_nothing(deployed: Command) -> None:
    assert "+  fake:Thing one  created" in deployed.err
    assert up(deployed) == 0
    assert "Nothing changes: 3 resources" in deployed.err


@pytest.mark.docker
def test_up_prints_events_as_json_lines(aqdata: Command) -> None:
    aqdata.program = two_things
    assert aqdata("up", "--skip-verify", "--json") == 0
    names = [next(key for key in json.loads(line) if key.endswith("Event")) for line in aqdata.out.splitlines()]
    assert names[0] == "preludeEvent"
    assert names[-1] == "summaryEvent"
    assert "hush-hush" not in aqdata.out + aqdata.err


@pytest.mark.docker
def test_a_failed_resource_is_exit_code_4_and_the_rest_is_there(aqdata: Command) -> None:
    aqdata.program = two_things
    aqdata.world.failing = lambda verb, name: verb == "create" and name == "one"
    assert up(aqdata) == 4
    assert "!  fake:Thing one  failed" in aqdata.err
    assert aqdata.world.names() == ["two"]
    assert "next:" in aqdata.err


def test_preview_shows_what_up_would_do_and_does_nothing(aqdata: Command) -> None:
    aqdata.program = two_things
    assert aqdata("preview", "--diff") == 0
    assert "+    fake:Thing one  create" in aqdata.out
    assert "+ size: 1" in aqdata.out
    assert "3 to create" in aqdata.out
    assert "hush-hush" not in aqdata.out
    assert not aqdata.world.names()


def test_detailed_exit_code_tells_changes_from_none(aqdata: Command) -> None:
    aqdata.program = two_things
    assert aqdata("preview", "--detailed-exitcode") == 2


@pytest.mark.docker
def test_a_preview_of_a_deployed_stack_has_exit_code_0(deployed: Command) -> None:
    assert deployed("preview", "--detailed-exitcode", "--expect-no-changes") == 0


@pytest.mark.parametrize("command", [("up", "--skip-verify"), ("preview",)])
def test_a_plan_that_a_rule_forbids_is_exit_code_5_and_nothing_is_done(
    aqdata: Command, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    monkeypatch.setattr(plan_policies, "plan_violations", plan_violations)
    aqdata.program = two_things
    assert aqdata(*command) == 5
    assert "policy resources_are_of_known_types (mandatory)" in aqdata.err
    assert not aqdata.world.names()


def test_a_forbidden_plan_is_shown_with_the_verdict(aqdata: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan_policies, "plan_violations", plan_violations)
    aqdata.program = two_things
    assert aqdata("preview", "--format", "markdown") == 5
    assert "mandatory policy violation(s); `up` will refuse this plan" in aqdata.out


def test_expecting_no_changes_fails_with_7_on_changes(aqdata: Command) -> None:
    aqdata.program = two_things
    assert aqdata("preview", "--expect-no-changes") == 7


def test_the_preview_as_json_is_the_clis_digest(aqdata: Command) -> None:
    aqdata.program = two_things
    assert aqdata("preview", "--json") == 0
    digest = json.loads(aqdata.out)
    assert digest["changeSummary"] == {"create": 3}
    assert {step["op"] for step in digest["steps"]} == {"create"}


def test_a_preview_that_fails_is_a_digest_with_the_reasons(aqdata: Command) -> None:
    aqdata.program = lambda: [Thing("one", {"size": "bad"}), Thing("two")]
    assert aqdata("preview", "--json") == 4
    digest = json.loads(aqdata.out)
    assert digest["changeSummary"] == {"create": 2}
    (reason,) = (each for each in digest["diagnostics"] if each["severity"] == "error")
    assert "'one': size: is bad" in reason["message"]


def test_the_preview_as_markdown_is_one_comment(aqdata: Command) -> None:
    aqdata.program = two_things
    assert aqdata("preview", "--format", "markdown") == 0
    assert aqdata.out.startswith("<!-- aqdata-preview: t -->\n")
    assert aqdata.out.rstrip().splitlines()[-1].startswith("**Verdict**")


@pytest.mark.docker
def test_a_target_can_be_a_name(deployed: Command) -> None:
    deployed.program = lambda: [Thing("one", {"size": 10}), Thing("two", {"size": 20})]
    assert deployed("preview", "--target", "one", "--json") == 0
    changed = [step["urn"] for step in json.loads(deployed.out)["steps"] if step["op"] == "update"]
    assert [urn.split("::")[-1] for urn in changed] == ["one"]


@pytest.mark.docker
def test_refresh_counts_the_drift_and_says_what_mends_it(deployed: Command) -> None:
    deployed.world.things.pop(next(iter(deployed.world.things)))
    assert deployed("refresh") == 0
    assert "1 resources have drifted; `aqdata preview --stack t`" in deployed.err


@pytest.mark.docker
def test_outputs_are_masked_until_secrets_are_asked_for(deployed: Command) -> None:
    assert deployed("outputs", "--json") == 0
    assert json.loads(deployed.out)["word"] == "[secret]"
    assert deployed("outputs", "word", "--show-secrets") == 0
    assert deployed.out == "hush-hush\n"


@pytest.mark.docker
def test_an_output_that_does_not_exist_is_a_usage_error_with_the_known_ones(deployed: Command) -> None:
    assert deployed("outputs", "nope") == 2
    assert "outputs: made, word" in deployed.err


@pytest.mark.docker
def test_destroy_needs_a_yes_without_a_terminal(deployed: Command) -> None:
    assert deployed("destroy") == 2
    assert "add --yes" in deployed.err
    assert len(deployed.world.names()) == 2
    assert deployed("destroy", "--yes") == 0
    assert not deployed.world.names()
    assert "3 deleted" in deployed.err


@pytest.mark.docker
def test_a_protected_stack_is_destroyed_only_by_its_name(deployed: Command) -> None:
    deployed.declare(protect=True)
    assert deployed("destroy", "--yes") == 2
    assert "--confirm t" in deployed.err
    assert deployed("destroy", "--confirm", "dev") == 2
    assert len(deployed.world.names()) == 2
    assert deployed("destroy", "--confirm", "t") == 0


def guarded_things() -> None:
    Thing("one", {"size": 1}, pulumi.ResourceOptions(protect=True, retain_on_delete=True))
    Thing("two", {"size": 2}, pulumi.ResourceOptions(protect=True))


@pytest.mark.docker
def test_a_protected_resource_goes_once_its_name_was_given(aqdata: Command) -> None:
    aqdata.program = guarded_things
    assert up(aqdata) == 0
    aqdata.program = lambda: Thing("two", {"size": 2}, pulumi.ResourceOptions(protect=True))
    assert up(aqdata) != 0
    assert "aqdata stack unprotect --stack t one" in aqdata.err
    assert aqdata("stack", "unprotect", "another") == 2
    assert "protected are: one, two" in aqdata.err
    assert up(aqdata) != 0
    assert aqdata("stack", "unprotect", "one") == 0
    assert up(aqdata) == 0
    assert aqdata("stack", "unprotect", "one") == 2
    assert "protected are: two" in aqdata.err
    assert len(aqdata.world.names()) == 2, "one was retained outside the stack"


def on_hosts(*urls: str) -> Callable[[], Any]:
    """A program with these hosts, db1 and on."""

    def program() -> None:
        for number, url in enumerate(urls, 1):
            docker.Provider(f"host-db{number}", host=url)

    return program


@pytest.mark.docker
def test_a_lost_host_is_forgotten_only_by_its_name(aqdata: Command, tmp_path: Path) -> None:
    aqdata.program = on_hosts(f"unix://{tmp_path}/nowhere.sock")
    assert up(aqdata) == 0
    before = aqdata.resources()
    assert aqdata("stack", "forget-host", "db1") == 2
    assert "nowhere.sock: nothing listens there" in aqdata.err
    assert "add --confirm db1" in aqdata.err
    assert aqdata("stack", "forget-host", "db1", "--confirm", "db2") == 2
    assert aqdata.resources() == before
    assert aqdata("stack", "forget-host", "db1", "--confirm", "db1") == 0
    assert "aqdata up --stack t" in aqdata.err
    assert [each["type"] for each in aqdata.resources()] == ["pulumi:pulumi:Stack"]
    assert up(aqdata) == 0
    assert len(aqdata.resources()) == 2


@pytest.mark.docker
def test_a_host_that_answers_is_not_forgotten(aqdata: Command) -> None:
    aqdata.program = on_hosts("unix:///var/run/docker.sock")
    assert up(aqdata) == 0
    assert aqdata("stack", "forget-host", "db1", "--confirm", "db1") == 2
    assert "db1 answers at unix:///var/run/docker.sock" in aqdata.err
    assert "aqdata up --stack t" in aqdata.err
    assert len(aqdata.resources()) == 2


@pytest.mark.docker
def test_a_host_that_the_state_does_not_know_is_named_with_those_it_does(aqdata: Command) -> None:
    aqdata.program = on_hosts("unix:///nowhere.sock", "unix:///nowhere.sock")
    assert up(aqdata) == 0
    assert aqdata("stack", "forget-host", "db3", "--confirm", "db3") == 2
    assert "hosts of its state: db1, db2" in aqdata.err


@pytest.mark.docker
def test_outside_development_up_needs_a_yes_without_a_terminal(aqdata: Command) -> None:
    aqdata.program = two_things
    aqdata.declare(protect=False, environment="production")
    assert up(aqdata) == 2
    assert not aqdata.world.names()


@pytest.mark.docker
@pytest.mark.parametrize("command", ["refresh", "destroy"])
def test_nothing_is_touched_when_docker_does_not_answer(
    deployed: Command, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere.sock")
    assert deployed(command, *(["--yes"] if command == "destroy" else [])) == 2
    assert "does not answer" in deployed.err
    assert "aqdata doctor" in deployed.err
    assert len(deployed.world.names()) == 2


@pytest.mark.docker
def test_a_state_survives_export_and_import(deployed: Command, tmp_path: Path) -> None:
    file = tmp_path / "state.json"
    file.touch(mode=0o644)
    assert deployed("stack", "export", "--file", str(file)) == 0
    assert file.stat().st_mode & 0o777 == 0o600
    assert "hush-hush" not in file.read_text()
    assert deployed("stack", "import", "--file", str(file), "--yes") == 0
    assert deployed("preview", "--expect-no-changes") == 0


@pytest.mark.docker
def test_an_export_to_nowhere_is_one_message(deployed: Command, tmp_path: Path) -> None:
    assert deployed("stack", "export", "--file", str(tmp_path / "nowhere/state.json")) == 2
    assert "nowhere/state.json cannot be written" in deployed.err


def test_an_import_of_something_else_is_refused(aqdata: Command, tmp_path: Path) -> None:
    file = tmp_path / "state.json"
    file.write_text("{}")
    assert aqdata("stack", "import", "--file", str(file), "--yes") == 2
    assert "has no `deployment`" in aqdata.err


@pytest.mark.docker
def test_the_list_of_stacks_has_those_with_a_file_and_those_with_a_state(deployed: Command) -> None:
    assert deployed.run("stack", "ls", "--json", "--backend", str(deployed.state)) == 0
    counts = {row["name"]: row["resourceCount"] for row in json.loads(deployed.out)}
    assert counts["dev"] == 0
    assert counts["t"] >= 3


@pytest.mark.docker
def test_a_broken_state_leaves_the_other_stacks_listed(deployed: Command) -> None:
    broken = deployed.state / ".pulumi/stacks/aqstream/half.json"
    broken.write_text('{"version": 3, "checkp')
    assert deployed.run("stack", "ls", "--json", "--backend", str(deployed.state)) == 1
    counts = {row["name"]: row["resourceCount"] for row in json.loads(deployed.out)}
    assert counts["half"] is None
    assert counts["t"] >= 3
    assert str(broken) in deployed.err
    assert deployed.run("stack", "ls", "--backend", str(deployed.state)) == 1
    assert "cannot be read" in deployed.out


@pytest.mark.parametrize("command", ["preview", "up", "refresh", "destroy", "outputs"])
def test_an_unknown_stack_is_exit_code_6_with_the_known_ones(aqdata: Command, command: str) -> None:
    assert aqdata.run(command, "--stack", "nope") == 6
    assert "known stacks: dev" in aqdata.err


def test_a_broken_stack_file_is_one_message(aqdata: Command) -> None:
    aqdata.file.write_text("config: [")
    assert aqdata("preview") == 2
    assert "Traceback" not in aqdata.err


def test_options_can_come_from_the_environment(aqdata: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AQDATA_STACK", "nope")
    assert aqdata.run("preview") == 6
