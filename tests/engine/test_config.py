"""The configuration that the program sees."""

import json
from dataclasses import replace

import pulumi
import yaml

from infra.engine.embedded.passphrase import Crypter
from infra.engine.events import Prelude
from infra.engine.interface import Options
from infra.engine.workspace import open_workspace
from tests.engine.conftest import Stack
from tests.engine.programs import Thing


def seen(stack: Stack, *keys: str) -> dict[str, object]:
    """What a program reads for `keys`."""

    def program() -> None:
        config = pulumi.Config()
        for key in keys:
            pulumi.export(key, config.get(key))

    return dict(stack.up(program).outputs)


def test_scalars_are_strings_and_objects_are_json(stack: Stack) -> None:
    written = {"test:word": "hello", "test:number": 5, "test:yes": True, "test:object": {"a": [1, {"b": "c"}]}}
    (stack.root / "Pulumi.dev.yaml").write_text(yaml.safe_dump({"config": written}))
    found = seen(stack, "word", "number", "yes", "object", "absent")
    assert found == {"word": "hello", "number": "5", "yes": "true", "object": '{"a":[1,{"b":"c"}]}'}


def test_secure_values_are_decrypted_and_stay_secret(stack: Stack) -> None:
    crypter = Crypter(lambda: stack.phrase)
    written = {
        "test:password": {"secure": crypter.encrypt("hunter2")},
        "test:object": {"inner": {"secure": crypter.encrypt("hunter2")}, "open": 1},
    }
    content = {"config": written, "encryptionsalt": crypter.salt}
    (stack.root / "Pulumi.dev.yaml").write_text(yaml.safe_dump(content))

    def program() -> None:
        config = pulumi.Config()
        Thing("a", {"password": config.require_secret("password"), "object": config.require_secret_object("object")})

    stack.up(program)
    (made,) = stack.world.things.values()
    assert made[1]["password"].value == "hunter2"
    assert made[1]["password"].is_secret
    prelude = next(event for event in stack.events if isinstance(event, Prelude))
    assert prelude.config == {"test:password": "[secret]", "test:object": "[secret]"}
    assert "hunter2" not in (stack.root / "state/.pulumi/stacks/test/dev.json").read_text()
    assert "hunter2" not in json.dumps([path.read_text() for path in stack.root.rglob("*.history.json")])


def test_the_project_declares_defaults(stack: Stack) -> None:
    project = {
        "name": "test",
        "main": "program",
        "backend": {"url": "file://./state"},
        "config": {
            "typed": {"type": "integer", "default": 3},
            "plain": "x",
            "test:given": {"default": "no"},
            "bare": {"type": "string"},
        },
    }
    (stack.root / "Pulumi.yaml").write_text(yaml.safe_dump(project))
    (stack.root / "Pulumi.dev.yaml").write_text(yaml.safe_dump({"config": {"given": "yes"}}))
    found = seen(stack, "typed", "plain", "given", "bare")
    assert found == {"typed": "3", "plain": "x", "given": "yes"}


def test_a_providers_namespace_configures_its_default_provider(stack: Stack) -> None:
    (stack.root / "Pulumi.dev.yaml").write_text(yaml.safe_dump({"config": {"fake:region": "here"}}))
    stack.up(lambda: Thing("a"))
    assert "inputs" not in stack.resource("default")


def test_the_project_file_says_where_everything_is(stack: Stack) -> None:
    (stack.root / "Pulumi.yaml").write_text(
        yaml.safe_dump({"name": "p", "main": "prog", "stackConfigDir": "stacks", "backend": {"url": "file://./.state"}})
    )
    workspace = open_workspace(stack.root, "prod")
    assert workspace.project == "p"
    assert workspace.program == stack.root / "prog"
    assert workspace.config_file == stack.root / "stacks/Pulumi.prod.yaml"
    assert workspace.backend == stack.root / ".state"


def test_a_program_can_be_a_folder(stack: Stack) -> None:
    folder = stack.root / "prog"
    folder.mkdir()
    (folder / "beside.py").write_text("VALUE = 'beside'\n")
    (folder / "__main__.py").write_text(
        "import pulumi\nfrom beside import VALUE\n"
        "assert __name__ == '__main__'\n"
        "pulumi.export('stack', pulumi.get_stack())\npulumi.export('value', VALUE)\n"
    )
    engine = type(stack.engine())(replace(stack.workspace(lambda: None), program=folder))
    assert engine.up(Options(), lambda event: None).outputs == {"stack": "dev", "value": "beside"}
