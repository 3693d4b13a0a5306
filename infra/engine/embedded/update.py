"""One operation on one stack, from its state to its state."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace

from infra.engine.embedded import recovery
from infra.engine.embedded.answers import answer
from infra.engine.embedded.apply import World
from infra.engine.embedded.deleter import delete_all
from infra.engine.embedded.deleting import plan_deletions
from infra.engine.embedded.deployment import OperationType
from infra.engine.embedded.execute import Executor
from infra.engine.embedded.interruption import Interruption
from infra.engine.embedded.journal import Journal
from infra.engine.embedded.ledger import Ledger
from infra.engine.embedded.monitor import Monitor
from infra.engine.embedded.plan import Planner, drive
from infra.engine.embedded.program import run_program
from infra.engine.embedded.providers import Providers
from infra.engine.embedded.recovery import Evidence
from infra.engine.embedded.refresh import Refreshed, is_readable, rebuild, refresh
from infra.engine.embedded.registrar import Registrar
from infra.engine.embedded.report import Report
from infra.engine.embedded.resource import Resource
from infra.engine.embedded.search import Search
from infra.engine.embedded.session import Session
from infra.engine.embedded.snapshot import Snapshot
from infra.engine.embedded.source_positions import nearest_positions
from infra.engine.embedded.step import Step
from infra.engine.embedded.targets import Targets
from infra.engine.events import Op
from infra.engine.interface import Options, PlannedResource
from infra.engine.values import Properties
from infra.model.errors import ResourceError


class Update:
    """A run of the engine; in a preview it does everything but change the world and the state."""

    def __init__(self, session: Session, options: Options, report: Report, interruption: Interruption) -> None:
        self._session = session
        self._options = options
        self._report = report
        self._interruption = interruption
        self._targets = Targets(options.targets)
        self.providers = Providers(session.workspace.providers, session.deployment.resources)
        self.executor: Executor | None = None
        self.registrar: Registrar | None = None
        self.base = session.deployment
        self._unreadable: dict[str, ResourceError] = {}
        self._owed: dict[str, Evidence] = {}

    @property
    def failed(self) -> tuple[str, ...]:
        return tuple(self.executor.failed) if self.executor else ()

    @property
    def remaining(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(self.executor.remaining)) if self.executor else ()

    @property
    def is_idle(self) -> bool:
        """Whether the state would be, or is, the same as before."""
        return self.executor is not None and self.executor.ledger.snapshot.generation == 0

    def deploy(self) -> Properties:
        """Run the program and bring the stack to what it registers; gives the stack's outputs."""
        self._report.prelude(self._session.config.shown)
        self._recover()
        if self._options.refresh:
            self._refresh_base()
            self._report.begin_again()
        with self._working() as executor:
            planner = self._planner()
            registrar = self.registrar = Registrar(
                planner, executor, self.providers, self._report, self._session.workspace.root
            )
            registrar.leave_alone(self._owed)
            registrar.configure(self._session.config.properties)
            self._run_program(registrar)
            self._interruption.check()
            self._check_targets(planner)
            if not executor.failed:
                self._delete_leftovers(planner, executor)
            self._fail_owed(executor)
            return self._finish_stack(registrar, executor)

    def destroy(self) -> None:
        """Delete everything that is targeted."""
        self._report.prelude(self._session.config.shown)
        self._recover()
        if self._options.refresh:
            self._refresh_base()
            self._report.begin_again()
        with self._working() as executor:
            planner = self._planner()
            self._check_targets(planner)
            self._delete_leftovers(planner, executor)
            self._fail_owed(executor)
            self._interruption.check()

    def refresh(self) -> None:
        """Read everything that is targeted back into the state."""
        self._report.prelude(self._session.config.shown)
        self._recover()
        self._refresh_base()
        with self._working() as executor:
            self._fail_owed(executor)
            self._interruption.check()

    def recover(self) -> None:
        """Look into what an earlier operation left half done, and no more."""
        self._recover()
        with self._working() as executor:
            self._fail_owed(executor)

    def planned(self) -> list[PlannedResource]:
        """The resources of the stack as they would be, for policies to judge."""
        done = self.registrar.done if self.registrar else {}
        return [_planned(step, resource) for step, resource in done.values()]

    def _planner(self) -> Planner:
        workspace, options = self._session.workspace, self._options
        return Planner(
            workspace.stack,
            workspace.project,
            self.base.resources,
            self._targets,
            options.target_dependents,
            Targets(options.replaces) if options.replaces else None,
        )

    @contextmanager
    def _working(self) -> Iterator[Executor]:
        """An executor whose steps are written down; whatever happens, what was done is saved at the end."""
        snapshot = Snapshot(self.base, generation=0 if self.base is self._session.deployment else 1)
        journal = None if self._report.is_preview else Journal(snapshot, self._session.scribe.save)
        world = World(self.providers, self._report.is_preview, doomed=set())
        ledger = Ledger(snapshot, journal)
        executor = self.executor = Executor(
            world, ledger, self._report, self._interruption, max(1, self._options.parallel)
        )
        executor.failed.update(self._unreadable)
        try:
            yield executor
        finally:
            self._report.settle()
            if journal is not None:
                ledger.flush()
                journal.close()
            self.providers.close()

    def _run_program(self, registrar: Registrar) -> None:
        workspace, config = self._session.workspace, self._session.config
        with nearest_positions():
            run_program(workspace, config, Monitor(registrar), self._report, max(1, self._options.parallel))

    def _delete_leftovers(self, planner: Planner, executor: Executor) -> None:
        leftovers = list(executor.ledger.snapshot.untouched())
        deletions = drive(plan_deletions(planner, leftovers), lambda question: answer(self.providers, question))
        for step in deletions.kept:
            executor.run(step.urn, [step])
        listing = [then for then, _ in leftovers]
        owed = [
            each.operation.resource for each in self._owed.values() if each.operation.type is OperationType.CREATING
        ]
        delete_all(executor, deletions.deleted, listing, owed, max(1, self._options.parallel))
        self._interruption.check()

    def _finish_stack(self, registrar: Registrar, executor: Executor) -> Properties:
        """Set the stack's outputs; after a failure old ones stay, since a missing one may just not be known."""
        stack = next((urn for urn, (_, each) in registrar.done.items() if each.is_stack), None)
        if stack is None:
            return {}
        if registrar.stack_outputs is not None:
            kept = registrar.done[stack][1].outputs if executor.failed else {}
            registrar.finish(stack, {**kept, **registrar.stack_outputs})
        return registrar.done[stack][1].outputs

    def _check_targets(self, planner: Planner) -> None:
        missing = self._targets.missing({*planner.seen, *(each.urn for each in planner.base)})
        if missing:
            raise ResourceError(
                f"the stack has no resource {', '.join(missing)}", "aqdata preview shows the URNs of the stack"
            )

    def _recover(self) -> None:
        if self.base.operations:
            search = Search(self.providers, self.base)
            evidence = recovery.gather(self.base.operations, search.look, self._report)
            self.base = recovery.resolve(self.base, evidence)
            if not self._report.is_preview:
                self._owed = {each.urn: each for each in evidence if each.is_owed and each.urn in self._targets}

    def _fail_owed(self, executor: Executor) -> None:
        """What is still pending because nobody could look at it may exist: the goal is not reached."""
        for urn, evidence in self._owed.items():
            if evidence.failure and executor.ledger.snapshot.is_pending(evidence.operation):
                executor.fail(urn, evidence.failure)

    def _refresh_base(self) -> None:
        wanted = [each for each in self.base.resources if is_readable(each) and each.urn in self._targets]
        with ThreadPoolExecutor(max(1, self._options.parallel), thread_name_prefix="refresh") as pool:
            results = [each for each in pool.map(self._refresh_one, wanted) if each is not None]
        if results:
            self.base = rebuild(self.base, results)

    def _refresh_one(self, old: Resource) -> Refreshed | None:
        self._interruption.check()
        step = Step(Op.REFRESH, old, old)
        self._report.started(step)
        try:
            result = refresh(self.providers, old)
        except ResourceError as error:
            self._report.say("error", str(error), old.urn)
            self._report.failed(step, 0)
            self._unreadable[old.urn] = error
            return None
        self._report.finished(replace(step, diff=result.diff), result.new, 0, result.op)
        return result


def _planned(step: Step, resource: Resource) -> PlannedResource:
    return PlannedResource(
        urn=resource.urn,
        type=resource.type,
        name=resource.name,
        op=step.op,
        inputs=resource.inputs,
        outputs=resource.outputs,
        custom=resource.custom,
        parent=resource.parent,
        provider=resource.provider,
        dependencies=resource.dependencies,
        protect=resource.protect,
        retain_on_delete=resource.retain_on_delete,
    )
