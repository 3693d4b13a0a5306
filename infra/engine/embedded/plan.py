"""Decides the steps for what the program registers. Nothing here does any I/O.

Where a decision needs a provider's word, planning yields a question and is sent the answer; see `drive`. The
rules, and their order, are those of the Pulumi CLI's step generator.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from infra.engine.embedded.diff import SAME, Diff, ignore_changes, replace_on_changes, replacement
from infra.engine.embedded.equality import equal
from infra.engine.embedded.goal import Goal, as_resource
from infra.engine.embedded.matching import Matcher
from infra.engine.embedded.plan_case import Case, Planning, ask_inputs, protected
from infra.engine.embedded.replacing import Replaced, required_replacements
from infra.engine.embedded.resource import Resource
from infra.engine.embedded.step import Answer, Check, Compare, CompareProviders, Plan, Question, Step
from infra.engine.embedded.targets import Targets
from infra.engine.events import Op
from infra.model.errors import ResourceError

T = TypeVar("T")
__all__ = ["Planner", "Planning", "drive"]


def drive(planning: Planning[T], answer: Callable[[Question], Answer]) -> T:
    """Run a planning to its end, answering its questions."""
    try:
        question = next(planning)
        while True:
            question = planning.send(answer(question))
    except StopIteration as end:
        result: T = end.value
        return result


@dataclass(slots=True)
class Planner:
    """Plans one operation on one stack: what was registered so far decides what comes next."""

    stack: str
    project: str
    base: Sequence[Resource]
    targets: Targets = field(default_factory=Targets)
    target_dependents: bool = False
    replaces: Targets | None = None
    matcher: Matcher = field(init=False)
    seen: set[str] = field(default_factory=set)
    operated: dict[str, Op] = field(default_factory=dict)
    created: set[str] = field(default_factory=set)
    deleted: set[str] = field(default_factory=set)
    condemned: set[int] = field(default_factory=set)
    skipped: set[str] = field(default_factory=set)
    providers: dict[str, Resource] = field(default_factory=dict)
    blamed_keys: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        olds = {each.urn: each for each in self.base if not each.delete}
        self.matcher = Matcher(self.stack, self.project, olds)

    def register(self, goal: Goal) -> Planning[Plan]:
        """The steps that bring a resource to its goal. Raises ResourceError when the goal is invalid."""
        urn = self._claim(goal)
        old, alias = self.matcher.match(goal, urn, self.seen)
        new = as_resource(goal, urn, old, alias)
        if new.is_provider:
            self.providers.update(dict.fromkeys([urn, *new.aliases], new))
        if not self._is_targeted(new):
            return self._leave_alone(urn, old, new)
        self.operated[urn] = Op.SAME
        case = yield from self._checked(Case(goal, urn, old, new))
        plan = yield from self._decide(case)
        return replace(plan, problems=(*plan.problems, *self._untargeted_needs(plan)))

    def read(self, goal: Goal, resource_id: str) -> Planning[Plan]:
        """The steps that read a resource which the stack does not manage."""
        urn = self._claim(goal)
        old, alias = self.matcher.match(goal, urn, self.seen)
        new = replace(as_resource(goal, urn, None, alias), id=resource_id, external=True)
        self.operated[urn] = Op.READ
        if old is not None and not old.external and old.id != resource_id:
            read = Step(Op.READ_REPLACEMENT, old, new, leaves_old=True)
            return Plan(urn, (read, Step(Op.REPLACE, old, new, leaves_old=True)))
        return Plan(urn, (Step(Op.READ, old, new),))
        yield

    def skip(self, goal: Goal) -> str:
        """Note that a resource is passed over because something it needs failed; its old state stays."""
        urn = self._claim(goal)
        self.matcher.match(goal, urn, self.seen)
        self.operated[urn] = Op.SAME
        return urn

    def is_operated(self, urn: str) -> bool:
        """Whether the program still has the resource that the state knows by `urn`."""
        return self.matcher.taken_by.get(urn, urn) in self.operated

    def _claim(self, goal: Goal) -> str:
        if goal.parent and goal.parent not in self.seen:
            raise ResourceError(f"{goal.name}: its parent {goal.parent} is not registered", "register the parent first")
        urn = self.matcher.urn_of(goal)
        if urn in self.seen:
            raise ResourceError(f"duplicate resource URN {urn}", "give the two resources of this type different names")
        self.seen.add(urn)
        return urn

    def _is_targeted(self, new: Resource) -> bool:
        if new.is_provider or new.is_stack or new.urn in self.targets:
            return True
        return self.target_dependents and any(urn in self.targets for urn in new.depends_on())

    def _leave_alone(self, urn: str, old: Resource | None, new: Resource) -> Plan:
        if old is None:
            self.operated[urn] = Op.SAME
            self.skipped.add(urn)
            return Plan(urn, (Step(Op.SAME, new, new, is_skipped=True),))
        return Plan(urn, tuple(self._kept_with_needs(old)))

    def _kept_with_needs(self, old: Resource) -> Iterable[Step]:
        """`old` stays; what it needs and the program no longer registers has to stay before it."""
        if old.delete or self.is_operated(old.urn) or old.urn in self.created:
            return
        self.seen.add(old.urn)
        self.operated[old.urn] = Op.SAME
        for urn in old.depends_on():
            if urn in self.matcher.olds:
                yield from self._kept_with_needs(self.matcher.olds[urn])
        yield Step(Op.SAME, old, replace(old))

    def _untargeted_needs(self, plan: Plan) -> tuple[str, ...]:
        needed = {urn for step in plan.steps if step.new and not step.is_skipped for urn in step.new.depends_on()}
        return tuple(
            f"{plan.urn} needs {urn}, which would be created but is not among the targets"
            for urn in sorted(needed & self.skipped)
        )

    def _checked(self, case: Case) -> Planning[Case]:
        """The case with its inputs as the provider wants them."""
        goal, urn, old = case.goal, case.urn, case.old
        inputs, notes = goal.inputs, case.notes
        if old is not None:
            inputs, impossible = ignore_changes(goal.ignore_changes, old.inputs, inputs)
            notes = tuple(f"cannot ignore changes in added or removed elements of {path}" for path in impossible)
        if not goal.custom:
            return replace(case, notes=notes)
        forgets = old is None or old.external or urn in self.deleted or self._is_replace_target(case)
        question = (
            Check(urn, goal.provider, {}, goal.inputs)
            if forgets or old is None
            else Check(urn, goal.provider, old.inputs, inputs)
        )
        checked = yield from ask_inputs(question, case.new)
        return replace(case, new=replace(case.new, inputs=checked), notes=notes)

    def _is_replace_target(self, case: Case) -> bool:
        wanted = self.replaces is not None and case.urn in self.replaces
        return wanted or (case.old is not None and case.old.taint)

    def _decide(self, case: Case) -> Planning[Plan]:
        if self.target_dependents and self.targets.is_limited:
            self.targets.add(case.urn)
        if case.old is None:
            self._mark(case.urn, Op.CREATE)
            return self._plan(case, Step(Op.CREATE, None, case.new))
        if case.urn in self.deleted or case.old.urn in self.deleted:
            return self._recreate(case)
        if case.old.external:
            self._mark(case.urn, Op.CREATE)
            return self._plan(
                case,
                Step(Op.CREATE_REPLACEMENT, case.old, case.new, leaves_old=True),
                Step(Op.REPLACE, case.old, case.new, leaves_old=True),
            )
        diff = yield from self._difference(case, case.old)
        return (yield from self._apply_difference(case, case.old, diff))

    def _recreate(self, case: Case) -> Plan:
        """It was deleted in this very operation, because something it needs was replaced by deleting first."""
        old_urn = case.old.urn if case.old else case.urn
        self.deleted -= {case.urn, old_urn}
        self._mark(case.urn, Op.REPLACE)
        diff = Diff(has_changes=True, replace_keys=self.blamed_keys.get(old_urn, ()))
        return self._plan(
            case, Step(Op.REPLACE, case.old, case.new), Step(Op.CREATE_REPLACEMENT, case.old, case.new, diff)
        )

    def _difference(self, case: Case, old: Resource) -> Planning[Diff]:
        if self._is_replace_target(case):
            return replacement("id")
        if self.operated.get(case.new.deleted_with) is Op.REPLACE:
            return replacement("deletedWith")
        if (yield from self._provider_changed(old, case.new)):
            return replacement("provider")
        if not case.goal.custom:
            return SAME if equal(old.inputs, case.new.inputs) else Diff(has_changes=True)
        diff = yield Compare(
            case.urn, case.new.provider, old.id, old.inputs, old.outputs, case.new.inputs, case.goal.ignore_changes
        )
        assert isinstance(diff, Diff)  # noqa: S101 the driver answers Compare with a Diff
        return replace_on_changes(diff, case.goal.replace_on_changes, has_init_errors=bool(old.init_errors))

    def _provider_changed(self, old: Resource, new: Resource) -> Planning[bool]:
        if old.provider == new.provider:
            return False
        if not old.provider or not new.provider:
            return True
        if self.matcher.taken_by.get(old.provider_urn) == new.provider_urn:
            return False
        before, after = self.matcher.olds.get(old.provider_urn), self.providers.get(new.provider_urn)
        if before is None or after is None:
            return True
        diff = yield CompareProviders(new.provider, before, after)
        assert isinstance(diff, Diff)  # noqa: S101 the driver answers CompareProviders with a Diff
        return diff.replaces

    def _apply_difference(self, case: Case, old: Resource, diff: Diff) -> Planning[Plan]:
        if old.pending_replacement or (diff.has_changes and diff.replaces):
            return (yield from self._replace(case, old, diff))
        if diff.has_changes or old.init_errors:
            self._mark(case.urn, Op.UPDATE)
            return self._plan(case, Step(Op.UPDATE, old, case.new, diff))
        self._mark(case.urn, Op.SAME)
        return self._plan(case, Step(Op.SAME, old, case.new))

    def _replace(self, case: Case, old: Resource, diff: Diff) -> Planning[Plan]:
        problems = (protected(case.urn),) if old.protect and case.new.protect else ()
        self._mark(case.urn, Op.REPLACE)
        if case.goal.custom and not self._is_replace_target(case):
            inputs = yield from ask_inputs(Check(case.urn, case.goal.provider, {}, case.goal.inputs), case.new)
            case = replace(case, new=replace(case.new, inputs=inputs))
        if self._deletes_first(case, old, diff):
            steps, more = yield from self._delete_then_create(case, old, diff)
            return replace(self._plan(case, *steps), problems=(*problems, *more))
        create = Step(Op.CREATE_REPLACEMENT, old, case.new, diff, leaves_old=True)
        logical = Step(Op.REPLACE, old, case.new, diff, leaves_old=True)
        return replace(self._plan(case, create, logical), problems=problems)

    @staticmethod
    def _deletes_first(case: Case, old: Resource, diff: Diff) -> bool:
        if old.pending_replacement:
            return True
        wanted = case.goal.delete_before_replace
        return diff.delete_before_replace if wanted is None else wanted

    def _delete_then_create(
        self, case: Case, old: Resource, diff: Diff
    ) -> Planning[tuple[list[Step], tuple[str, ...]]]:
        impossible = {*self.operated, *self.created, *self.deleted} - {case.urn, old.urn}
        cascade = yield from required_replacements(self.base, old, impossible)
        steps = [step for each in reversed(cascade) for step in self._condemn(each)]
        problems = tuple(protected(each.resource.urn) for each in cascade if each.resource.protect)
        if not old.pending_replacement:
            steps.append(Step(Op.DELETE_REPLACED, old, leaves_old=True))
            self.condemned.add(id(old))
        steps.append(Step(Op.REPLACE, old, case.new, diff))
        steps.append(Step(Op.CREATE_REPLACEMENT, old, case.new, diff))
        return steps, problems

    def _condemn(self, replaced: Replaced) -> Iterable[Step]:
        """Delete a dependent now; whether it comes back shows when the program registers it, or does not."""
        resource = replaced.resource
        if id(resource) in self.condemned:
            return
        self.condemned.add(id(resource))
        self.deleted.add(resource.urn)
        self.blamed_keys[resource.urn] = replaced.keys
        if resource.delete:
            yield Step(Op.DELETE, resource)
        else:
            yield Step(Op.DELETE_REPLACED, resource, leaves_old=True)

    def _mark(self, urn: str, op: Op) -> None:
        if op is Op.CREATE:
            self.created.add(urn)
        self.operated[urn] = op

    @staticmethod
    def _plan(case: Case, *steps: Step) -> Plan:
        return Plan(case.urn, steps, notes=case.notes)
