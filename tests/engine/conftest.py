"""A stack in a folder of its own, deployed by the embedded engine on a world that is a dictionary."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from infra.engine.embedded import passphrase
from infra.engine.embedded.engine import EmbeddedEngine
from infra.engine.events import Diagnostic, Event, StepFailed, StepFinished
from infra.engine.interface import Options, Outcome, StackOutput, Workspace
from infra.model.errors import AqdataError
from tests.engine.fake import World, provider_for
from tests.engine.programs import Program


@dataclass
class Stack:
    """Programs are deployed onto it one after the other."""

    root: Path
    world: World
    phrase: str = "correct horse"
    events: list[Event] = field(default_factory=list)

    def workspace(self, program: Program) -> Workspace:
        return Workspace(
            root=self.root,
            project="test",
            stack="dev",
            config_file=self.root / "Pulumi.dev.yaml",
            backend=self.root / "state",
            program=program,
            passphrase=lambda: self.phrase,
            providers={"fake": provider_for(self.world)},
        )

    def engine(self, program: Program = lambda: None) -> EmbeddedEngine:
        return EmbeddedEngine(self.workspace(program))

    def run(self, verb: str, program: Program = lambda: None, **options: Any) -> Outcome:
        """Run an operation and keep its events."""
        self.events = []
        work: Callable[..., Outcome] = getattr(self.engine(program), verb)
        return work(Options(**options), self.events.append)

    def up(self, program: Program, **options: Any) -> Outcome:
        return self.run("up", program, **options)

    def preview(self, program: Program, **options: Any) -> Outcome:
        return self.run("preview", program, **options)

    def destroy(self, **options: Any) -> Outcome:
        return self.run("destroy", **options)

    def refuse(self, verb: str, program: Program = lambda: None, **options: Any) -> AqdataError:
        """The error an operation ends with."""
        with pytest.raises(AqdataError) as caught:
            self.run(verb, program, **options)
        return caught.value

    @property
    def steps(self) -> list[str]:
        """What the last operation did, in order, without what stayed the same and without the stack."""
        done = [event.step for event in self.events if isinstance(event, StepFinished)]
        return [f"{step.op} {step.name}" for step in done if step.op != "same" and step.name != "test-dev"]

    @property
    def failed(self) -> list[str]:
        return [event.step.name for event in self.events if isinstance(event, StepFailed)]

    @property
    def said(self) -> list[str]:
        """What the last operation said."""
        return [event.message for event in self.events if isinstance(event, Diagnostic)]

    @property
    def path(self) -> Path:
        return self.root / "state/.pulumi/stacks/test/dev.json"

    @property
    def state(self) -> dict[str, Any]:
        """The state file's deployment."""
        latest: dict[str, Any] = json.loads(self.path.read_text())["checkpoint"]["latest"]
        return latest

    def resource(self, name: str) -> dict[str, Any]:
        """A resource's record in the state file."""
        found: dict[str, Any] = next(each for each in self.state["resources"] if each["urn"].endswith(f"::{name}"))
        return found

    @property
    def outputs(self) -> dict[str, StackOutput]:
        return dict(self.engine().outputs())


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def stack(tmp_path: Path, world: World, monkeypatch: pytest.MonkeyPatch) -> Stack:
    monkeypatch.setattr(passphrase, "ROUNDS", 1000)
    return Stack(tmp_path, world)
