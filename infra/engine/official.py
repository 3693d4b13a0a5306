"""The official engine: the Pulumi CLI, through its Automation API, on the same project folder."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from pulumi import automation
from pulumi.automation.errors import CommandError, StackNotFoundError

from infra.engine.embedded.backend import Backend
from infra.engine.embedded.docker.port_holder import named_holder
from infra.engine.embedded.engine import EmbeddedEngine
from infra.engine.embedded.lock import refuse_others
from infra.engine.embedded.session import members_of
from infra.engine.events import Diagnostic, Event, Op, PolicyReport, StepFailed, StepFinished, StepView, Summary
from infra.engine.interface import OnEvent, Options, Outcome, StackOutput, StackSummary, Workspace
from infra.engine.judging import judge
from infra.engine.official_command import Command
from infra.engine.official_errors import explain
from infra.engine.official_events import Translator
from infra.engine.official_plan import planned
from infra.engine.values import Secret, Value
from infra.engine.workspace import default_config_file
from infra.model.errors import StackNotFound

STACK_TYPE = "pulumi:pulumi:Stack"


class OfficialEngine:
    """Deploys one stack of one workspace; see `infra.engine.interface.Engine`.

    Policies judge a preview, as in the embedded engine: those of a pack would be asked about the whole stack only at
    the end of an update. The project's CrossGuard pack, with the same rules, is for who uses the CLI itself.
    """

    name = "official"

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._command = Command()

    def preview(self, options: Options, on_event: OnEvent) -> Outcome:
        outcome = self._operate(options, on_event, "preview", is_preview=True, create=True)
        if options.policies is not None:
            judge(options.policies, planned(outcome.steps), on_event)
        return outcome

    def preview_destroy(self, options: Options, on_event: OnEvent) -> Outcome:
        return self._operate(options, on_event, "preview_destroy", is_preview=True)

    def up(self, options: Options, on_event: OnEvent) -> Outcome:
        if options.policies is not None:
            self.preview(replace(options, expect_no_changes=False), lambda event: _only_reports(event, on_event))
        return self._operate(options, on_event, "up", is_preview=False, create=True)

    def refresh(self, options: Options, on_event: OnEvent) -> Outcome:
        return self._operate(options, on_event, "refresh", is_preview=False)

    def destroy(self, options: Options, on_event: OnEvent) -> Outcome:
        return self._operate(options, on_event, "destroy", is_preview=False)

    def outputs(self) -> Mapping[str, StackOutput]:
        self._stack()
        shown = self._json("stack", "output", "--json")
        plain = self._json("stack", "output", "--json", "--show-secrets")
        return {key: StackOutput(item, shown[key], item != shown[key]) for key, item in plain.items()}

    def stacks(self) -> Sequence[StackSummary]:
        listed = _guarded(lambda: self._local().list_stacks())
        return [
            StackSummary(each.name, each.last_update.isoformat() if each.last_update else "", each.resource_count or 0)
            for each in listed
        ]

    def export(self, *, show_secrets: bool = False) -> dict[str, Any]:
        arguments = ["stack", "export", "--stack", self._workspace.stack]
        if show_secrets:
            arguments.append("--show-secrets")
        local = self._local()
        done = _guarded(lambda: local.pulumi_command.run(arguments, str(self._workspace.root), self._environment()))
        exported: dict[str, Any] = json.loads(done.stdout)
        return exported

    def import_(self, deployment: Mapping[str, Any]) -> None:
        state = automation.Deployment(version=deployment["version"], deployment=dict(deployment["deployment"]))
        _guarded(lambda: self._stack(create=True).import_stack(state))

    def _operate(
        self, options: Options, on_event: OnEvent, verb: str, *, is_preview: bool, create: bool = False
    ) -> Outcome:
        if not is_preview:
            self._recover(on_event)
        record = _Record(on_event, Translator(is_preview=is_preview))
        self._command.tell = record.cancelling
        with self._no_stray_file():
            stack = _guarded(lambda: self._stack(create=create))
            try:
                getattr(stack, verb)(on_event=record.take, **self._arguments(options, verb))
            except CommandError as error:
                raise explain(error) from None
        outputs = record.outputs if is_preview or verb != "up" else _outputs(stack)
        return record.outcome(outputs)

    def _recover(self, on_event: OnEvent) -> None:
        """Adopt what an interrupted operation created: the CLI would create it again, and its name is taken."""
        backend, stack = Backend(self._workspace.backend, self._workspace.project), self._workspace.stack
        refuse_others(backend.lock_folder(stack), stack)
        if members_of(backend, stack, must_exist=False).get("pending_operations"):
            recovering = EmbeddedEngine(self._workspace)
            recovering.recover(lambda event: on_event(event) if isinstance(event, Diagnostic) else None)

    @contextmanager
    def _no_stray_file(self) -> Iterator[None]:
        """The CLI keeps a stack's salt in the usual file as well, even where it is configured by another one."""
        usual = default_config_file(self._workspace.root, self._workspace.stack)
        is_stray = usual != self._workspace.config_file and not usual.exists()
        try:
            yield
        finally:
            if is_stray:
                usual.unlink(missing_ok=True)

    def _arguments(self, options: Options, verb: str) -> dict[str, Any]:
        """Options of the Automation API; those that are not given are left out, and so is what a verb lacks."""
        given = {
            "config_file": str(self._workspace.config_file),
            "parallel": options.parallel,
            "message": options.message,
            "target": list(options.targets),
            "target_dependents": options.target_dependents,
            "refresh": options.refresh and verb != "refresh",
        }
        if verb in ("up", "preview"):
            given["replace"] = list(options.replaces)
        if verb not in ("destroy", "preview_destroy"):
            given["expect_no_changes"] = options.expect_no_changes
        if verb in ("up", "destroy"):
            given["continue_on_error"] = True
        return {key: item for key, item in given.items() if item}

    def _stack(self, *, create: bool = False) -> automation.Stack:
        """The stack; a new one is made unless it has to exist already. Raises StackNotFound."""
        local = self._local()
        try:
            return automation.Stack.select(self._workspace.stack, local)
        except StackNotFoundError:
            if create:
                return automation.Stack.create(self._workspace.stack, local)
            raise StackNotFound(f"there is no stack {self._workspace.stack!r}", "aqdata stack ls") from None

    def _json(self, *arguments: str) -> dict[str, Any]:
        """What a command of the CLI prints about the stack."""
        command = [*arguments, "--stack", self._workspace.stack]
        local = self._local()
        done = _guarded(lambda: local.pulumi_command.run(command, str(self._workspace.root), self._environment()))
        printed: dict[str, Any] = json.loads(done.stdout)
        return printed

    def _local(self) -> automation.LocalWorkspace:
        self._workspace.backend.mkdir(parents=True, exist_ok=True)
        return automation.LocalWorkspace(
            work_dir=str(self._workspace.root), env_vars=self._environment(), pulumi_command=self._command
        )

    def _environment(self) -> dict[str, str]:
        environment = {"PULUMI_BACKEND_URL": f"file://{self._workspace.backend}"}
        if self._workspace.passphrase is not None:
            environment["PULUMI_CONFIG_PASSPHRASE"] = self._workspace.passphrase()
        return environment


class _Record:
    """What the CLI told about one operation."""

    def __init__(self, on_event: OnEvent, translator: Translator) -> None:
        self._on_event = on_event
        self._translator = translator
        self._steps: list[StepView] = []
        self._failed: list[str] = []
        self._is_ending = False
        self._summary = Summary({}, 0, is_preview=False)
        self._events: list[Event] = []

    def cancelling(self, message: str) -> None:
        """Ctrl-C was heard."""
        self._is_ending = True
        self._on_event(Diagnostic("warning", message))

    def take(self, raw: automation.EngineEvent) -> None:
        event = self._translator.translate(raw)
        if event is None or (self._is_ending and isinstance(event, Diagnostic) and event.severity == "info"):
            return  # a program that the CLI ends says how it felt about it, which helps nobody
        if isinstance(event, StepFinished):
            self._steps.append(event.step)
        elif isinstance(event, StepFailed):
            self._failed.append(event.step.urn)
            self._is_ending = True
        elif isinstance(event, Summary):
            self._summary = event
        self._on_event(event)
        if isinstance(event, Diagnostic) and (holder := named_holder(event.message)):
            self._on_event(Diagnostic(event.severity, holder, event.urn))

    @property
    def outputs(self) -> Mapping[str, Value]:
        """The stack's outputs as the events had them, with masked secrets."""
        stack = [step for step in self._steps if step.type == STACK_TYPE and step.new is not None]
        return stack[-1].new.outputs if stack and stack[-1].new else {}

    def outcome(self, outputs: Mapping[str, Value]) -> Outcome:
        return Outcome(
            changes={Op(op): count for op, count in self._summary.changes.items()},
            outputs=outputs,
            duration=self._summary.duration,
            steps=tuple(self._steps),
            failed=tuple(self._failed),
        )


def _only_reports(event: Event, on_event: OnEvent) -> None:
    """What explains why the plan is refused."""
    if isinstance(event, PolicyReport) or (isinstance(event, Diagnostic) and event.severity == "error"):
        on_event(event)


def _outputs(stack: automation.Stack) -> dict[str, Value]:
    outputs = _guarded(stack.outputs)
    return {key: Secret(item.value) if item.secret else item.value for key, item in outputs.items()}


def _guarded(work: Callable[[], Any]) -> Any:
    try:
        return work()
    except CommandError as error:
        raise explain(error) from None
