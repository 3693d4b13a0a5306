"""A stack that one engine brought up is unchanged for another, and can be changed and destroyed by it.

Every ordered pair of the engines that this host has is tried; the embedded one is always there.
"""

from __future__ import annotations

import itertools
import json
import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import yaml

from infra.engine import Engine, Options
from infra.engine.embedded.engine import EmbeddedEngine
from infra.engine.official import OfficialEngine
from infra.engine.workspace import open_workspace
from tests.engine.folder_world import WORLD, FolderProvider

CHECKOUT = Path(__file__).parents[2]
ENGINES = {"embedded": EmbeddedEngine} | ({"official": OfficialEngine} if shutil.which("pulumi") else {})
PROGRAM = """
import pulumi
from tests.engine.programs import Group, Provider, Thing

config = pulumi.Config()
options = pulumi.ResourceOptions
first = Thing("first", {"n": 1, "half": 0.5, "word": config.require("word"), "deep": {"list": [1, "two", True, None]}})
second = Thing(
    "second",
    {"of": first.made, "password": config.require_secret("password"), "empty": {}, "none": []},
    options(
        depends_on=[first],
        ignore_changes=["n"],
        additional_secret_outputs=["made"],
        custom_timeouts=pulumi.CustomTimeouts(create="5m"),
    ),
)
mine = Provider("mine", {"host": "here"})
group = Group("group", {"inner": {"secret": pulumi.Output.secret({"x": [1, 2]})}}, options(providers=[mine]))
Thing("last", {"of": group.things["inner"].made, "key": config.get("key") or "k"}, options(deleted_with=first))
pulumi.export("made", first.made)
pulumi.export("password", config.require_secret("password"))
pulumi.export("nested", {"list": [pulumi.Output.secret("s"), 1]})
"""


@dataclass
class Project:
    """A project that both engines can deploy."""

    root: Path

    def engine(self, name: str) -> Engine:
        workspace = replace(open_workspace(self.root, "dev"), providers={"fake": FolderProvider})
        return ENGINES[name](workspace)

    def configure(self, **config: str) -> None:
        path = self.root / "Pulumi.dev.yaml"
        content = yaml.safe_load(path.read_text()) if path.exists() else {}
        content["config"] = {**content.get("config", {}), **{f"agree:{key}": item for key, item in config.items()}}
        path.write_text(yaml.safe_dump(content))

    def made(self) -> list[str]:
        return sorted(path.name.split("-")[0] for path in (self.root / "world").iterdir())


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    plugin = tmp_path / "plugin/pulumi-resource-fake"
    plugin.parent.mkdir()
    plugin.write_text(f'#!/bin/sh\ncd {CHECKOUT}\nexec {sys.executable} -m tests.engine.folder_world "$@"\n')
    plugin.chmod(0o755)
    (tmp_path / "program").mkdir()
    (tmp_path / "program/__main__.py").write_text(f"import sys\nsys.path.insert(0, {str(CHECKOUT)!r})\n{PROGRAM}")
    (tmp_path / "world").mkdir()
    (tmp_path / ".state").mkdir()
    settings = {
        "name": "agree",
        "main": "program",
        "runtime": {"name": "python", "options": {"virtualenv": str(Path(sys.prefix))}},
        "backend": {"url": "file://./.state"},
        "plugins": {"providers": [{"name": "fake", "path": "plugin"}]},
    }
    (tmp_path / "Pulumi.yaml").write_text(yaml.safe_dump(settings))
    monkeypatch.setenv(WORLD, str(tmp_path / "world"))
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "correct horse")
    monkeypatch.setenv("PULUMI_SKIP_UPDATE_CHECK", "true")
    made = Project(tmp_path)
    made.configure(word="hello", password="hunter2")
    return made


PAIRS = list(itertools.product(ENGINES, repeat=2))
EVERYTHING = ["first", "inner", "last", "second"]


def silently(work: Callable[..., object], **options: object) -> object:
    return work(Options(**options), lambda event: None)  # type: ignore[arg-type]


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_what_one_brought_up_is_unchanged_for_the_other(project: Project, one: str, other: str) -> None:
    silently(project.engine(one).up)
    assert project.made() == EVERYTHING
    silently(project.engine(other).preview, expect_no_changes=True)
    silently(project.engine(other).up, expect_no_changes=True)
    silently(project.engine(one).preview, expect_no_changes=True)
    outputs = project.engine(other).outputs()
    assert outputs["made"].value.startswith("first-")
    assert outputs["password"].value == "hunter2"
    assert outputs["password"].shown == "[secret]"
    assert outputs["nested"].value == {"list": ["s", 1]}


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_either_goes_on_where_the_other_left_off(project: Project, one: str, other: str) -> None:
    silently(project.engine(one).up)
    project.configure(word="goodbye", key="other")
    changes = project.engine(other).up(Options(), lambda event: None).changes
    assert changes == {"same": 5, "update": 1, "replace": 1}
    silently(project.engine(one).preview, expect_no_changes=True)
    silently(project.engine(one).destroy)
    assert project.made() == ["last"], "what is deleted with another goes by itself, in a world that does that"


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_exports_of_one_are_imports_of_the_other(project: Project, one: str, other: str) -> None:
    silently(project.engine(one).up)
    exported = json.loads(json.dumps(project.engine(one).export()))
    project.engine(other).import_(exported)
    silently(project.engine(one).preview, expect_no_changes=True)
    assert [(each.name, each.resource_count) for each in project.engine(other).stacks()] == [("dev", 8)]


@pytest.mark.parametrize("name", ENGINES)
def test_each_says_what_it_would_do(project: Project, name: str) -> None:
    outcome = project.engine(name).preview(Options(), lambda event: None)
    assert outcome.changes == {"create": 7}
    assert project.made() == []
    assert os.listdir(project.root / "world") == []
