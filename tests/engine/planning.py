"""Plans a whole update from a case: old resources, goals and what its provider says, all of it data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from infra.engine.embedded import urn as urns
from infra.engine.embedded.deleting import plan_deletions
from infra.engine.embedded.deployment import Deployment
from infra.engine.embedded.diff import Diff, compare
from infra.engine.embedded.goal import Alias, Goal
from infra.engine.embedded.ledger import Ledger
from infra.engine.embedded.plan import Planner, drive
from infra.engine.embedded.resource import Resource
from infra.engine.embedded.snapshot import Snapshot
from infra.engine.embedded.step import ANSWERS, Answer, Check, Checked, Compare, Plan, Question, Step
from infra.engine.embedded.targets import Targets
from infra.engine.events import Op
from infra.engine.values import UNKNOWN
from infra.model.errors import AqdataError

THING = "fake:index:Thing"
COMPONENT = "fake:index:Component"
FLAGS = ("protect", "delete", "external", "pending_replacement", "taint")
PROVIDER_URN = "urn:pulumi:dev::test::pulumi:providers:fake::default"
PROVIDER = f"{PROVIDER_URN}::p"


def case_files() -> list[Path]:
    return sorted((Path(__file__).parent / "cases").glob("*.yaml"))


def load(path: Path) -> dict[str, Any]:
    case: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return case


@dataclass
class Planned:
    """What a case came to."""

    steps: list[str]
    problems: list[str]


def plan_case(case: Mapping[str, Any]) -> Planned:
    """The steps of a case, as `op name`, in the order in which they would be taken."""
    names = _Names(case)
    base = [names.old(spec) for spec in case.get("old", ())]
    planner = Planner("dev", "test", base, **_options(case, names))
    ledger = Ledger(Snapshot(Deployment(tuple(base))), None)
    run = _Run(case, planner, ledger)
    for spec in case.get("goals", ()):
        run.register(names.goal(spec))
    run.delete()
    return Planned(run.steps, run.problems)


def _options(case: Mapping[str, Any], names: _Names) -> dict[str, Any]:
    options: dict[str, Any] = {"target_dependents": case.get("target_dependents", False)}
    if "targets" in case:
        options["targets"] = Targets(names.urn(each) for each in case["targets"])
    if "replace" in case:
        options["replaces"] = Targets(names.urn(each) for each in case["replace"])
    return options


class _Names:
    """Resources of a case by name; goals win over old resources of the same name."""

    def __init__(self, case: Mapping[str, Any]) -> None:
        self._specs = {spec["name"]: spec for spec in [*case.get("old", ()), *case.get("goals", ())]}

    def urn(self, name: str) -> str:
        return self._urn_of(self._specs[name]) if name in self._specs else name

    def _urn_of(self, spec: Mapping[str, Any]) -> str:
        parent = self.urn(spec["parent"]) if "parent" in spec else ""
        return urns.make("dev", "test", parent, _type(spec), spec["name"])

    def old(self, spec: Mapping[str, Any]) -> Resource:
        custom = not spec.get("component", False)
        inputs = spec.get("inputs", {})
        flags = {
            key: spec[key] for key in ("protect", "delete", "external", "pending_replacement", "taint") if key in spec
        }
        return Resource(
            urn=self._urn_of(spec),
            type=_type(spec),
            custom=custom,
            id=spec.get("id", f"{spec['name']}-id") if custom else "",
            inputs=inputs,
            outputs={**inputs, "made": "yes"} if custom else {},
            provider=PROVIDER if custom else "",
            init_errors=tuple(spec.get("init_errors", ())),
            **self._links(spec),
            **flags,
        )

    def goal(self, spec: Mapping[str, Any]) -> Goal:
        custom = not spec.get("component", False)
        return Goal(
            type=_type(spec),
            name=spec["name"],
            custom=custom,
            inputs=spec.get("inputs", {}),
            provider=PROVIDER if custom else "",
            protect=spec.get("protect", False),
            delete_before_replace=spec.get("delete_before_replace"),
            ignore_changes=tuple(spec.get("ignore_changes", ())),
            replace_on_changes=tuple(spec.get("replace_on_changes", ())),
            aliases=tuple(self._alias(each) for each in spec.get("aliases", ())),
            **self._links(spec),
        )

    def _alias(self, spec: Mapping[str, Any]) -> Alias:
        members = dict(spec)
        if "parent" in members:
            members["parent"] = self.urn(members["parent"])
        return Alias(**members)

    def _links(self, spec: Mapping[str, Any]) -> dict[str, Any]:
        uses = {key: tuple(self.urn(each) for each in names) for key, names in spec.get("uses", {}).items()}
        needs = [self.urn(each) for each in spec.get("needs", ())]
        return {
            "parent": self.urn(spec["parent"]) if "parent" in spec else "",
            "dependencies": tuple(dict.fromkeys([*needs, *(urn for each in uses.values() for urn in each)])),
            "property_dependencies": uses,
            "deleted_with": self.urn(spec["deleted_with"]) if "deleted_with" in spec else "",
        }


def _type(spec: Mapping[str, Any]) -> str:
    return str(spec.get("type", COMPONENT if spec.get("component") else THING))


class _Run:
    """An update in which every step succeeds at once."""

    def __init__(self, case: Mapping[str, Any], planner: Planner, ledger: Ledger) -> None:
        self._case = case
        self._planner = planner
        self._ledger = ledger
        self.steps: list[str] = []
        self.problems: list[str] = []

    def register(self, goal: Goal) -> None:
        try:
            plan: Plan = drive(self._planner.register(goal), self._answer)
        except AqdataError as error:
            self.problems.append(str(error))
            return
        self.problems.extend(plan.problems)
        for step in () if plan.problems else plan.steps:
            self._take(step)

    def delete(self) -> None:
        """After a problem nothing is deleted: the program may have missed what it would have registered."""
        if self.problems:
            return
        try:
            deletions = drive(plan_deletions(self._planner, self._ledger.snapshot.untouched()), self._answer)
        except AqdataError as error:
            self.problems.append(str(error))
            return
        for step in (*deletions.kept, *deletions.deleted):
            self._take(step)

    def _take(self, step: Step) -> None:
        if step.op is Op.SAME and step.is_skipped:
            self.steps.append(f"skip {step.resource.name}")
        else:
            self.steps.append(f"{step.op} {step.resource.name}")
        result = step.new
        if result is not None and step.op in ANSWERS:
            result = replace(result, id=step.old.id if step.old else f"{result.name}-new", outputs=result.inputs)
        self._ledger.succeed(step, None, result)

    def _answer(self, question: Question) -> Answer:
        if isinstance(question, Check):
            bad = [(key, "is bad") for key, item in question.new_inputs.items() if item == "bad"]
            return Checked(question.new_inputs, tuple(bad))
        if not isinstance(question, Compare):
            return Diff(has_changes=False)
        return self._compare(question)

    def _compare(self, question: Compare) -> Diff:
        changed = sorted(
            key
            for key in {*question.old_inputs, *question.new_inputs}
            if question.new_inputs.get(key) is UNKNOWN
            or compare({"": question.old_inputs.get(key)}, {"": question.new_inputs.get(key)})
        )
        deletes_first = self._case.get("deletes_first", ())
        replaces = [key for key in changed if key in (*self._case.get("replaces", ()), *deletes_first)]
        return Diff(
            has_changes=bool(changed),
            replace_keys=tuple(replaces),
            changed_keys=tuple(changed),
            delete_before_replace=any(key in deletes_first for key in changed),
        )
