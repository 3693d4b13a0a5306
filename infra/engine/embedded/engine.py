"""The embedded engine: the same program, state and steps as the Pulumi CLI, in this process."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

from infra.engine.embedded import deployment as states
from infra.engine.embedded.backend import Backend, StateNotSaved, compact
from infra.engine.embedded.interruption import Interruption
from infra.engine.embedded.lock import locked
from infra.engine.embedded.rehearsal import rehearse
from infra.engine.embedded.run import Run, Work
from infra.engine.embedded.session import Session, members_of, open_session
from infra.engine.embedded.update import Update
from infra.engine.interface import OnEvent, Options, Outcome, StackOutput, StackSummary, Workspace
from infra.model.errors import AqdataError

UpdateKind = Literal["update", "refresh", "destroy"]


class EmbeddedEngine:
    """Deploys one stack of one workspace; see `infra.engine.interface.Engine`."""

    name = "embedded"

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._backend = Backend(workspace.backend, workspace.project)

    def preview(self, options: Options, on_event: OnEvent) -> Outcome:
        return self._preview(options, on_event, Update.deploy, must_exist=False)

    def preview_destroy(self, options: Options, on_event: OnEvent) -> Outcome:
        return self._preview(options, on_event, Update.destroy, must_exist=True)

    def up(self, options: Options, on_event: OnEvent) -> Outcome:
        return self._change("update", options, on_event, Update.deploy)

    def refresh(self, options: Options, on_event: OnEvent) -> Outcome:
        return self._change("refresh", options, on_event, Update.refresh)

    def destroy(self, options: Options, on_event: OnEvent) -> Outcome:
        return self._change("destroy", options, on_event, Update.destroy)

    def outputs(self) -> Mapping[str, StackOutput]:
        stack = open_session(self._workspace, must_exist=True).deployment.stack_resource
        return {key: StackOutput.of(item) for key, item in (stack.outputs if stack else {}).items()}

    def stacks(self) -> Sequence[StackSummary]:
        return [self._summary(name) for name in self._backend.stacks()]

    def _summary(self, name: str) -> StackSummary:
        try:
            latest = members_of(self._backend, name, must_exist=True)
        except AqdataError as error:
            return StackSummary(name, "", 0, error)
        return StackSummary(name, (latest.get("manifest") or {}).get("time", ""), len(latest.get("resources") or ()))

    def export(self, *, show_secrets: bool = False) -> dict[str, Any]:
        session = open_session(self._workspace, must_exist=True)
        members = states.write(session.deployment, session.vault, show_secrets=show_secrets)
        kept = {"manifest": session.members["manifest"]} if "manifest" in session.members else {}
        return {**states.envelope(session.deployment), "deployment": {**members, **kept}}

    def import_(self, deployment: Mapping[str, Any]) -> None:
        states.check_version(deployment)
        with self._locked(must_exist=False) as (session, _):
            members = deployment.get("deployment") or {}
            try:
                imported = states.read(members, session.vault_for(members))
            except states.MalformedState as error:
                raise states.MalformedState(
                    f"what is to be imported {error.message}. Nothing was changed", error.hint
                ) from error
            name = self._backend.qualified_name(self._workspace.stack)
            latest = states.write(imported, session.vault)
            content = {**states.envelope(imported), "checkpoint": {"stack": name, "latest": latest}}
            self._backend.write(self._workspace.stack, compact(content))

    def recover(self, on_event: OnEvent) -> None:
        """Write to the state what an interrupted operation left behind: what it created is adopted.

        Raises ResourceError for what nobody can look at now.
        """
        self._change("refresh", Options(), on_event, lambda update: update.recover())

    def _preview(self, options: Options, on_event: OnEvent, work: Work, *, must_exist: bool) -> Outcome:
        session = open_session(self._workspace, must_exist=must_exist)
        return Run(session, options, on_event, Interruption(), is_preview=True).go(work)

    def _change(self, kind: UpdateKind, options: Options, on_event: OnEvent, work: Work) -> Outcome:
        with self._locked(must_exist=kind != "update") as (session, lock):
            interruption = Interruption(leave=lambda: lock.unlink(missing_ok=True))
            if options.policies is not None:
                outcome = rehearse(session, options, on_event, interruption, work)
                if outcome is not None:
                    return outcome
            run = Run(session, replace(options, policies=None), on_event, interruption, is_preview=False)
            started = int(time.time())
            try:
                outcome = run.go(work)
            except AqdataError:
                with suppress(StateNotSaved):
                    self._record(kind, session, options.message, run, started)
                raise
            self._record(kind, session, options.message, run, started)
            return outcome

    def _record(self, kind: UpdateKind, session: Session, message: str, run: Run, started: int) -> None:
        """Add the update to the history, as the Pulumi CLI does."""
        entry = {
            "kind": kind,
            "startTime": started,
            "message": message,
            "environment": {"exec.kind": "aqdata.embedded"},
            "config": session.raw_config,
            "version": 0,
            "result": "succeeded" if run.result == "succeeded" else "failed",
            "endTime": int(time.time()),
            "resourceChanges": {str(op): count for op, count in run.report.changes.items()},
        }
        self._backend.record(self._workspace.stack, entry)

    @contextmanager
    def _locked(self, *, must_exist: bool) -> Iterator[tuple[Session, Path]]:
        """The stack, opened, and the lock that keeps others away from it."""
        self._backend.prepare()
        stack = self._workspace.stack
        with locked(self._backend.lock_folder(stack), stack) as lock:
            yield open_session(self._workspace, must_exist=must_exist), lock
