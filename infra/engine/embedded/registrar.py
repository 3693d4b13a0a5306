"""Brings registrations to planning and execution: one is planned at a time, many are executed side by side."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Lock
from typing import Any

from infra.engine.embedded import urn as urns
from infra.engine.embedded.answers import answer
from infra.engine.embedded.components import Family
from infra.engine.embedded.defaults import DefaultProviders, with_version
from infra.engine.embedded.execute import Executor
from infra.engine.embedded.goal import Goal
from infra.engine.embedded.plan import Planner, Planning, drive
from infra.engine.embedded.providers import Providers
from infra.engine.embedded.recovery import Evidence
from infra.engine.embedded.registration import read_goal, read_read_goal, refuse_unsupported
from infra.engine.embedded.report import Report
from infra.engine.embedded.resource import Resource
from infra.engine.embedded.step import Plan, Step
from infra.engine.values import UNKNOWN, Properties, Value, has_unknowns
from infra.model.errors import AqdataError, ResourceError


@dataclass(frozen=True, slots=True)
class Registered:
    """What the SDK is told about a resource."""

    urn: str
    id: str = ""
    outputs: Properties = field(default_factory=dict)
    succeeded: bool = True
    is_unknown: bool = False


class Registrar:
    """The resources of one run of the program. A resource that fails is told of and answered so, not raised."""

    def __init__(self, planner: Planner, executor: Executor, providers: Providers, report: Report, root: Path) -> None:
        self.planner = planner
        self.providers = providers
        self.done: dict[str, tuple[Step, Resource]] = {}
        self.stack_outputs: Properties | None = None
        self._executor = executor
        self._report = report
        self._root = root
        self._owed: Mapping[str, Evidence] = {}
        self._family = Family()
        self._defaults = DefaultProviders({}, self._register_provider)
        self._planning = Lock()
        self._passed_over: set[str] = set()

    def configure(self, config: Mapping[str, Value]) -> None:
        """Tell the configuration that default providers take theirs from."""
        self._defaults.config = config

    def leave_alone(self, owed: Mapping[str, Evidence]) -> None:
        """Tell what may exist already and could not be looked at."""
        self._owed = owed

    def register(self, request: Any) -> Registered:
        """Bring one resource to its goal."""
        refuse_unsupported(request)
        self._family.inherit(request)
        done = self._guarded(f"{request.type}::{request.name}", lambda: self._register(request))
        self._family.remember(done.urn, request)
        return done

    def read(self, request: Any) -> Registered:
        """Read a resource that the stack does not manage."""
        return self._guarded(f"{request.type}::{request.name}", lambda: self._read(request))

    def is_registered(self, kind: str, name: str) -> bool:
        """Whether the program has come to register a resource of this type and name."""
        return any(urns.type_of(urn) == kind and urns.name_of(urn) == name for urn in self.planner.seen)

    def register_outputs(self, urn: str, outputs: Properties) -> None:
        """A component's outputs are known; the stack's are kept until it is known how the operation ended."""
        if urns.type_of(urn) == urns.STACK_TYPE:
            self.stack_outputs = outputs
        elif urn in self.done:
            self.finish(urn, outputs)

    def finish(self, urn: str, outputs: Properties) -> None:
        """Write down and tell a component's outputs."""
        step, resource = self.done[urn]
        if step.is_skipped:
            return
        amended = replace(resource, outputs=outputs if self._report.is_preview else _known(outputs, step))
        self._executor.ledger.amend(resource, amended)
        self.done[urn] = step, amended
        self._report.outputs(step, amended)

    def provider_of_function(self, request: Any) -> str:
        """The reference of the provider whose function is called."""
        package = urns.package_of(request.tok)
        return request.provider or self._defaults.reference(package, request.version, request.pluginDownloadURL)

    def _register(self, request: Any) -> Registered:
        provider = ""
        if request.custom and not urns.is_provider_type(request.type):
            provider = self._provider_of(request, request.providers)
        goal = read_goal(request, provider, self._root)
        if urns.is_provider_type(goal.type):
            goal = replace(goal, inputs=with_version(goal.inputs, request.version))
        return self._bring_about(goal, self.planner.register)

    def _read(self, request: Any) -> Registered:
        goal = read_read_goal(request, self._provider_of(request, {}), self._root)
        return self._bring_about(goal, lambda each: self.planner.read(each, request.id))

    def _provider_of(self, request: Any, passed: Mapping[str, str]) -> str:
        package = urns.package_of(request.type)
        own = self._family.provider(package, explicit=request.provider, passed=passed, parent=request.parent)
        return own or self._defaults.reference(package, request.version, request.pluginDownloadURL)

    def _register_provider(self, goal: Goal) -> str:
        done = self._bring_about(goal, self.planner.register)
        if not done.succeeded:
            raise self._executor.failed[done.urn]
        return urns.reference(done.urn, done.id)

    def _bring_about(self, goal: Goal, planning: Callable[[Goal], Planning[Plan]]) -> Registered:
        if any(urn in self._executor.failed or urn in self._passed_over for urn in goal.needs()):
            return self._pass_over(goal)
        urn = self.planner.matcher.urn_of(goal)
        return self._guarded(urn, lambda: self._reach(urn, goal, planning))

    def _reach(self, urn: str, goal: Goal, planning: Callable[[Goal], Planning[Plan]]) -> Registered:
        self._refuse_owed(urn, goal)
        return self._execute(self._plan(planning(goal)))

    def _refuse_owed(self, urn: str, goal: Goal) -> None:
        """What moves to another provider is made there all the same."""
        evidence = self._owed.get(urn)
        if evidence is None or evidence.failure is None:
            return
        if evidence.operation.resource.provider == goal.provider:
            raise evidence.failure

    def _guarded(self, urn: str, work: Callable[[], Registered]) -> Registered:
        try:
            return work()
        except ResourceError as error:
            self._executor.fail(urn, error)
            return Registered(urn, succeeded=False)

    def _plan(self, planning: Planning[Plan]) -> Plan:
        with self._planning:
            plan = drive(planning, lambda question: answer(self.providers, question))
            self._executor.doom(plan.steps)
        for note in plan.notes:
            self._report.say("info", note, plan.urn)
        if plan.problems:
            self._object(plan.urn, ResourceError("; ".join(plan.problems)))
        return plan

    def _object(self, urn: str, problem: AqdataError) -> None:
        """A preview goes on after a problem, so that all of them are seen at once."""
        if not self._report.is_preview:
            raise problem
        self._executor.fail(urn, problem)

    def _execute(self, plan: Plan) -> Registered:
        result = self._executor.run(plan.urn, plan.steps)
        if result is None:
            return Registered(plan.urn)
        self.done[plan.urn] = plan.answering, result
        return Registered(plan.urn, result.id, result.outputs, is_unknown=plan.answering.is_skipped)

    def _pass_over(self, goal: Goal) -> Registered:
        with self._planning:
            urn = self.planner.skip(goal)
        self._passed_over.add(urn)
        self._executor.remaining.append(urn)
        self._report.say("warning", "not reached, because something it needs failed", urn)
        return Registered(urn, succeeded=False)


def _known(outputs: Properties, step: Step) -> Properties:
    """`outputs` without unknowns: an update leaves them where a resource failed, and what was known before holds."""
    before = step.old.outputs if step.old else {}
    kept = {key: before.get(key, UNKNOWN) if has_unknowns(item) else item for key, item in outputs.items()}
    return {key: item for key, item in kept.items() if item is not UNKNOWN}
