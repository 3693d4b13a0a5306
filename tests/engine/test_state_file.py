"""The state on disk: its form, its secrets, its history, and what is wrong with a bad one."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pulumi
import pytest
import yaml

from infra.engine.embedded.backend import BrokenState
from infra.engine.embedded.deployment import MalformedState
from infra.engine.embedded.passphrase import Crypter, from_environment
from infra.engine.embedded.refusal import Unsupported
from infra.model.errors import AqdataError, AuthenticationError, ConfigurationError, StackNotFound
from tests.engine.conftest import Stack
from tests.engine.programs import Thing

SECRET = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270"}


def with_secrets() -> None:
    Thing(
        "a", {"password": pulumi.Output.secret("hunter2"), "deep": {"list": [pulumi.Output.secret({"x": "hunter2"})]}}
    )
    pulumi.export("password", pulumi.Output.secret("hunter2"))


def test_has_the_form_of_a_checkpoint(stack: Stack) -> None:
    stack.up(lambda: Thing("a", {"n": 1}))
    document = json.loads(stack.path.read_text())
    assert document["version"] == 3
    assert document["checkpoint"]["stack"] == "organization/test/dev"
    manifest = stack.state["manifest"]
    assert manifest["magic"] == hashlib.sha256(manifest["version"].encode()).hexdigest()
    assert stack.state["metadata"] == {}
    assert [each["type"] for each in stack.state["resources"]] == [
        "pulumi:pulumi:Stack",
        "pulumi:providers:fake",
        "fake:index:Thing",
    ]
    a = stack.resource("a")
    assert a["custom"] is True
    assert a["inputs"] == {"n": 1}
    assert a["outputs"] == {"made": "a-1", "n": 1}
    assert a["propertyDependencies"] == {"n": []}
    assert a["created"].endswith("Z")
    assert a["created"] == a["modified"]


def test_layout_is_that_of_the_file_backend(stack: Stack) -> None:
    stack.up(lambda: Thing("a", {"n": 1}))
    stack.up(lambda: Thing("a", {"n": 2}))
    root = stack.root / "state/.pulumi"
    assert yaml.safe_load((root / "meta.yaml").read_text()) == {"version": 1}
    assert (root / "stacks/test/dev.json.bak").exists()
    history = sorted((root / "history/test/dev").glob("*.history.json"))
    assert len(history) == 2
    entry = json.loads(history[-1].read_text())
    assert entry["kind"] == "update"
    assert entry["result"] == "succeeded"
    assert entry["resourceChanges"] == {"same": 1, "update": 1}
    assert len(list((root / "history/test/dev").glob("*.checkpoint.json"))) == 2
    assert len(list((root / "backups/test/dev").glob("dev.*.json"))) == 2
    assert list((root / "locks/organization/test/dev").iterdir()) == []


def test_only_its_owner_may_read_it(stack: Stack) -> None:
    stack.up(with_secrets)
    stack.up(lambda: Thing("b"))
    for path in (stack.root / "state/.pulumi").rglob("*.json*"):
        assert path.stat().st_mode & 0o077 == 0, path


def test_secrets_are_nowhere_on_disk_in_plain_text(stack: Stack) -> None:
    stack.up(with_secrets)
    for path in (stack.root / "state").rglob("*"):
        assert path.is_dir() or b"hunter2" not in path.read_bytes(), path
    assert stack.resource("a")["inputs"]["password"].items() >= SECRET.items()
    assert stack.outputs["password"].value == "hunter2"
    assert stack.outputs["password"].shown == "[secret]"


def test_secret_inputs_make_secret_outputs(stack: Stack) -> None:
    stack.up(with_secrets)
    assert stack.resource("a")["outputs"]["password"].items() >= SECRET.items()


def test_additional_secret_outputs_are_encrypted(stack: Stack) -> None:
    options = pulumi.ResourceOptions(additional_secret_outputs=["made"])
    stack.up(lambda: pulumi.export("made", Thing("a", opts=options).made))
    assert "a-1" not in json.dumps(stack.resource("a")["outputs"])
    assert stack.outputs["made"].is_secret


def test_an_unchanged_secret_keeps_its_ciphertext(stack: Stack) -> None:
    stack.up(with_secrets)
    before = stack.resource("a")["inputs"]["password"]

    def program() -> None:
        with_secrets()
        Thing("b")

    stack.up(program)
    assert stack.resource("a")["inputs"]["password"] == before


def test_equal_secrets_have_different_ciphertexts(stack: Stack) -> None:
    stack.up(with_secrets)
    a = stack.resource("a")
    assert a["inputs"]["password"]["ciphertext"] != a["outputs"]["password"]["ciphertext"]


def test_a_wrong_passphrase_is_refused(stack: Stack) -> None:
    stack.up(with_secrets)
    before = stack.path.read_bytes()
    stack.phrase = "wrong"
    for verb in ("preview", "up", "destroy", "refresh"):
        error = stack.refuse(verb, with_secrets)
        assert isinstance(error, AuthenticationError)
        assert error.exit_code == 3
        assert "incorrect passphrase" in str(error)
        assert "wrong" not in str(error) + error.hint.replace("PULUMI", "")
    assert stack.path.read_bytes() == before


def test_a_missing_passphrase_is_asked_for(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PULUMI_CONFIG_PASSPHRASE", raising=False)
    monkeypatch.delenv("PULUMI_CONFIG_PASSPHRASE_FILE", raising=False)
    with pytest.raises(AuthenticationError) as caught:
        from_environment()
    assert "PULUMI_CONFIG_PASSPHRASE_FILE" in caught.value.hint


def test_the_stack_files_salt_encrypts_the_state(stack: Stack) -> None:
    salt = Crypter(lambda: stack.phrase).salt
    (stack.root / "Pulumi.dev.yaml").write_text(yaml.safe_dump({"encryptionsalt": salt}))
    stack.up(with_secrets)
    assert stack.state["secrets_providers"] == {"type": "passphrase", "state": {"salt": salt}}


def test_a_new_salt_in_the_stack_file_takes_over(stack: Stack) -> None:
    stack.up(with_secrets)
    salt = Crypter(lambda: stack.phrase).salt
    (stack.root / "Pulumi.dev.yaml").write_text(yaml.safe_dump({"encryptionsalt": salt}))

    def program() -> None:
        with_secrets()
        Thing("b")

    stack.up(program)
    assert stack.state["secrets_providers"]["state"]["salt"] == salt
    assert stack.outputs["password"].value == "hunter2"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('{"version": 3, "checkpoint": {"stack', "is not valid JSON"),
        ("", "is not valid JSON"),
        ("[]", "is no Pulumi state"),
        ('{"version": 3}', "has no checkpoint"),
        ('{"version": 3, "checkpoint": []}', "has no checkpoint"),
        ('{"version": 3, "checkpoint": {"latest": []}}', "has no checkpoint"),
        ('{"version": 3, "checkpoint": {"latest": {"resources": "x"}}}', "no state of Pulumi's"),
        ('{"version": 3, "checkpoint": {"latest": {"resources": [{}]}}}', "no state of Pulumi's"),
        ('{"version": 3, "checkpoint": {"latest": {"resources": [{"urn": "a", "type": "t"}]}}}', "'a' is no URN"),
        ('{"version": 3, "checkpoint": {"latest": {"pending_operations": [{"type": "x"}]}}}', "no state of Pulumi's"),
    ],
)
def test_a_truncated_state_is_told_with_what_is_safe_and_what_to_do(stack: Stack, content: str, said: str) -> None:
    stack.up(lambda: Thing("a"))
    stack.path.write_text(content)
    for verb in ("preview", "up", "destroy"):
        error = stack.refuse(verb, lambda: Thing("a"))
        assert isinstance(error, BrokenState)
        assert said in str(error)
        assert "nothing was changed" in str(error)
        assert "dev.json.bak" in error.hint
    assert stack.path.read_text() == content


def test_a_newer_state_is_refused(stack: Stack) -> None:
    stack.up(lambda: Thing("a"))
    document = json.loads(stack.path.read_text())
    stack.path.write_text(json.dumps({**document, "version": 9}))
    error = stack.refuse("up", lambda: Thing("a"))
    assert "version 9, expected 3 or 4" in str(error)


def test_newer_features_are_refused_by_name(stack: Stack) -> None:
    stack.up(lambda: Thing("a"))
    document = json.loads(stack.path.read_text())
    stack.path.write_text(json.dumps({**document, "version": 4, "features": ["views"]}))
    error = stack.refuse("up", lambda: Thing("a"))
    assert isinstance(error, Unsupported)
    assert "views" in str(error)


def test_members_nobody_knows_survive(stack: Stack) -> None:
    stack.up(lambda: Thing("a"))
    document = json.loads(stack.path.read_text())
    for each in document["checkpoint"]["latest"]["resources"]:
        each["importID"] = "kept"
    stack.path.write_text(json.dumps(document))
    stack.up(lambda: [Thing("a"), Thing("b")])
    stack.refuse("preview", lambda: Thing("a", {"x": "bad"}))
    assert stack.run("refresh").changes["same"] == 2


def test_export_and_import_give_the_same_state(stack: Stack, tmp_path: Path) -> None:
    stack.up(with_secrets)
    exported = stack.engine().export()
    assert exported["version"] == 3
    assert "hunter2" not in json.dumps(exported)
    shown = stack.engine().export(show_secrets=True)
    assert '"plaintext": "\\"hunter2\\""' in json.dumps(shown)
    stack.destroy()
    stack.engine().import_(json.loads(json.dumps(exported)))
    assert stack.outputs["password"].value == "hunter2"
    stack.engine().import_(json.loads(json.dumps(shown)))
    assert stack.outputs["password"].value == "hunter2"
    assert b"hunter2" not in stack.path.read_bytes()


@pytest.mark.parametrize("deployment", [{"resources": 3}, {"resources": [{}]}, {"resources": [{"urn": 1}]}])
def test_what_is_no_state_is_not_imported(stack: Stack, deployment: dict[str, Any]) -> None:
    stack.up(lambda: Thing("a"))
    before = stack.path.read_bytes()
    with pytest.raises(MalformedState, match="Nothing was changed") as caught:
        stack.engine().import_({"version": 3, "deployment": deployment})
    assert "stack export" in caught.value.hint
    assert stack.path.read_bytes() == before


def test_lists_stacks(stack: Stack) -> None:
    assert list(stack.engine().stacks()) == []
    stack.up(lambda: Thing("a"))
    (summary,) = stack.engine().stacks()
    assert summary.name == "dev"
    assert summary.resource_count == 3
    assert summary.last_update


def test_a_stack_that_does_not_exist_is_not_found(stack: Stack) -> None:
    for verb in ("destroy", "refresh", "preview_destroy"):
        error = stack.refuse(verb)
        assert isinstance(error, StackNotFound)
        assert error.exit_code == 6
    with pytest.raises(StackNotFound):
        stack.engine().outputs()


def test_a_broken_stack_file_is_told(stack: Stack) -> None:
    (stack.root / "Pulumi.dev.yaml").write_text("config: [")
    assert isinstance(stack.refuse("up"), ConfigurationError)


def test_an_older_layout_is_refused(stack: Stack) -> None:
    mark = stack.root / "state/.pulumi/meta.yaml"
    mark.parent.mkdir(parents=True)
    mark.write_text("version: 0\n")
    assert isinstance(stack.refuse("up"), AqdataError)
