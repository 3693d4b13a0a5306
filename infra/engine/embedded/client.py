"""Calls one configured provider, in this process."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from threading import Lock, local
from typing import Any, TypeVar

from pulumi.provider.experimental import provider as sdk

from infra.engine.embedded.diff import Diff, settle
from infra.engine.embedded.resource import Resource
from infra.engine.embedded.sdk_values import from_sdk, to_sdk
from infra.engine.embedded.step import Checked, Compare
from infra.engine.events import DiffKind, PropertyChange
from infra.engine.values import Properties, has_unknowns, reveal
from infra.model.errors import AqdataError, ResourceError

T = TypeVar("T")

KINDS: dict[sdk.PropertyDiffKind, DiffKind] = {
    sdk.PropertyDiffKind.ADD: "add",
    sdk.PropertyDiffKind.ADD_REPLACE: "add-replace",
    sdk.PropertyDiffKind.DELETE: "delete",
    sdk.PropertyDiffKind.DELETE_REPLACE: "delete-replace",
    sdk.PropertyDiffKind.UPDATE: "update",
    sdk.PropertyDiffKind.UPDATE_REPLACE: "update-replace",
}
RANDOM_SEED_BYTES = 32


@dataclass(frozen=True, slots=True)
class Found:
    """A resource as `read` found it; the id is empty when there is none."""

    id: str
    inputs: Properties
    outputs: Properties


class Loops:
    """One event loop per thread, so that a provider's blocking call holds up its own step only."""

    def __init__(self) -> None:
        self._mine = local()
        self._all: list[asyncio.AbstractEventLoop] = []
        self._lock = Lock()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """The result of `work`, awaited on this thread."""
        loop: asyncio.AbstractEventLoop | None = getattr(self._mine, "loop", None)
        if loop is None:
            loop = self._mine.loop = asyncio.new_event_loop()
            with self._lock:
                self._all.append(loop)
        return loop.run_until_complete(work)

    def close(self) -> None:
        with self._lock:
            for loop in self._all:
                if not loop.is_running():
                    loop.close()


class Client:
    """One provider with one configuration.

    In a preview the configuration may hold unknowns; the provider is then not asked at all, as in the CLI.
    Whatever a provider raises arrives as ResourceError.
    """

    def __init__(self, provider: sdk.Provider, loops: Loops) -> None:
        self._provider = provider
        self._loops = loops
        self._is_known = True
        self._previews = True

    def check_config(self, urn: str, olds: Properties, news: Properties) -> Checked:
        request = sdk.CheckRequest(urn, to_sdk(reveal(olds)), to_sdk(reveal(news)), b"")
        return _checked(self._call(urn, "check the configuration", self._provider.check_config(request)), news)

    def diff_config(self, urn: str, old_inputs: Properties, old_outputs: Properties, news: Properties) -> Diff:
        request = sdk.DiffRequest(urn, "", to_sdk(reveal(old_outputs)), to_sdk(reveal(news)), [])
        answer = _diff(self._call(urn, "compare the configuration", self._provider.diff_config(request)))
        return settle(answer, old_outputs, news)

    def configure(self, urn: str, package: str, inputs: Properties) -> None:
        self._is_known = not any(has_unknowns(item) for key, item in inputs.items() if key != "version")
        if not self._is_known:
            return
        variables = {f"{package}:config:{key}": str(reveal(item)) for key, item in inputs.items() if key != "version"}
        request = sdk.ConfigureRequest(variables, to_sdk(inputs), accept_secrets=True, accept_resources=True)
        answer = self._call(urn, "configure", self._provider.configure(request))
        self._previews = answer.supports_preview

    def check(self, urn: str, olds: Properties, news: Properties, seed: bytes) -> Checked:
        if not self._is_known:
            return Checked(news)
        request = sdk.CheckRequest(urn, to_sdk(olds), to_sdk(news), seed)
        return _checked(self._call(urn, "check", self._provider.check(request)), news)

    def diff(self, question: Compare) -> Diff:
        if not self._is_known:
            return Diff(has_changes=True)
        request = sdk.DiffRequest(
            question.urn,
            question.id,
            to_sdk(question.old_outputs),
            to_sdk(question.new_inputs),
            list(question.ignore_changes),
        )
        answer = _diff(self._call(question.urn, "compare", self._provider.diff(request)))
        return settle(answer, question.old_inputs, question.new_inputs)

    def create(self, resource: Resource, *, preview: bool) -> tuple[str, Properties]:
        """The id and outputs of a new resource; in a preview, what can be known of them."""
        if preview and not self._is_known:
            return "", {}
        if preview and not self._previews:
            return "", dict(resource.inputs)
        request = sdk.CreateRequest(resource.urn, to_sdk(resource.inputs), resource.timeouts.create, preview)
        answer = self._call(resource.urn, "create", self._provider.create(request))
        if not answer.resource_id and not preview:
            raise ResourceError(f"{resource.urn}: its provider gave no id on create", "report this to its author")
        return answer.resource_id or "", from_sdk(answer.properties or {})

    def update(self, old: Resource, new: Resource, *, preview: bool) -> Properties:
        """The outputs after `old` was changed to `new`."""
        if preview and not self._is_known:
            return {}
        if preview and not self._previews:
            return dict(new.inputs)
        request = sdk.UpdateRequest(
            new.urn,
            old.id,
            to_sdk(old.outputs),
            to_sdk(new.inputs),
            new.timeouts.update,
            list(new.ignore_changes),
            preview,
        )
        return from_sdk(self._call(new.urn, "update", self._provider.update(request)).properties or {})

    def read(self, resource: Resource) -> Found:
        """What is there now."""
        if not self._is_known:
            return Found(resource.id, {}, {})
        request = sdk.ReadRequest(resource.urn, resource.id, to_sdk(resource.outputs), to_sdk(resource.inputs))
        answer = self._call(resource.urn, "read", self._provider.read(request))
        return Found(answer.resource_id or "", from_sdk(answer.inputs or {}), from_sdk(answer.properties or {}))

    def delete(self, resource: Resource) -> None:
        request = sdk.DeleteRequest(resource.urn, resource.id, to_sdk(resource.outputs), resource.timeouts.delete)
        self._call(resource.urn, "delete", self._provider.delete(request))

    def invoke(self, token: str, arguments: Properties) -> tuple[Properties, tuple[tuple[str, str], ...]]:
        """A provider function's result, and what was wrong with its arguments."""
        answer = self._call(token, "call", self._provider.invoke(sdk.InvokeRequest(token, to_sdk(arguments))))
        failures = tuple((each.property, each.reason) for each in answer.failures or ())
        return from_sdk(answer.return_value or {}), failures

    def adopt(self, resource: Resource) -> str | None:
        """The id of what an interrupted create of `resource` left behind; None when nothing, or when unknown."""
        hook = getattr(self._provider, "adopt", None)
        if hook is None:
            return None
        work: Coroutine[Any, Any, str | None] = hook(resource.type, resource.urn, to_sdk(resource.inputs))
        return self._call(resource.urn, "look for", work)

    @property
    def can_adopt(self) -> bool:
        """Whether the provider can look for what an interrupted create left behind."""
        return hasattr(self._provider, "adopt")

    def _call(self, urn: str, verb: str, work: Coroutine[Any, Any, T]) -> T:
        try:
            return self._loops.run(work)
        except AqdataError:
            raise
        except Exception as error:
            raise ResourceError(f"cannot {verb} {urn}: {error or type(error).__name__}") from error


def _checked(answer: sdk.CheckResponse, news: Properties) -> Checked:
    inputs = news if answer.inputs is None else from_sdk(answer.inputs)
    return Checked(inputs, tuple((each.property, each.reason) for each in answer.failures or ()))


def _diff(answer: sdk.DiffResponse) -> Diff:
    return Diff(
        has_changes=answer.changes,
        replace_keys=tuple(answer.replaces or ()),
        changed_keys=tuple(answer.diffs or ()),
        detailed={
            path: PropertyChange(KINDS[change.kind], bool(change.input_diff))
            for path, change in (answer.detailed_diff or {}).items()
        },
        delete_before_replace=bool(answer.delete_before_replace),
    )
