"""A provider whose world is a dictionary: what is tested with it is the engine."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from pulumi.provider.experimental import provider as sdk
from pulumi.provider.experimental.property_value import PropertyValue
from pulumi.runtime.rpc import UNKNOWN

from infra.model.errors import OutcomeUnknown, ResourceError

UNKNOWN_VALUE = PropertyValue(UNKNOWN)


@dataclass
class Death:
    """When the process dies: at the n-th change of the world, before or after it took effect."""

    countdown: int
    moment: str


@dataclass
class World:
    """What exists: physical id -> (urn, properties), and everything that was done to it."""

    things: dict[str, tuple[str, dict[str, PropertyValue]]] = field(default_factory=dict)
    calls: list[tuple[str, str]] = field(default_factory=list)
    failing: Callable[[str, str], bool] = lambda verb, name: False
    losing: Callable[[str, str], str] = lambda verb, name: ""
    """Whether the answer to a change is lost `before` or `after` it took effect."""
    blind: Callable[[str], bool] = lambda name: False
    """Whether nobody can look at a thing."""
    delay: float = 0.0
    dies: Death | None = None
    is_dead: bool = False
    running: int = 0
    most_running: int = 0
    ids: Any = field(default_factory=lambda: itertools.count(1))
    lock: Any = field(default_factory=threading.RLock)

    def reach(self, moment: str) -> None:
        """Die at the moment that was chosen; a dead process does nothing any more."""
        with self.lock:
            if self.dies is not None and self.dies.moment == moment:
                self.dies.countdown -= 1
                self.is_dead = self.is_dead or self.dies.countdown < 0
            if self.is_dead:
                raise RuntimeError("killed")

    def lose(self, moment: str, verb: str, name: str) -> None:
        """Lose the answer if that is so at this moment."""
        if self.losing(verb, name) == moment:
            raise OutcomeUnknown(f"the world stopped answering when asked to {verb} {name}", "ask again")

    def look(self, name: str) -> None:
        """Refuse whoever looks at what cannot be looked at."""
        if self.blind(name):
            raise ResourceError(f"nobody can look at {name}", "wait")

    def names(self) -> list[str]:
        return sorted(urn.split("::")[-1] for urn, _ in self.things.values())

    def done(self, *verbs: str) -> list[str]:
        return [name for verb, name in self.calls if verb in verbs]

    def clear(self) -> None:
        self.calls.clear()


def provider_for(world: World) -> type[sdk.Provider]:
    """A provider class bound to `world`. Inputs `key` replace, `early` replaces by deleting first."""

    class FakeProvider(sdk.Provider):
        async def check_config(self, request: sdk.CheckRequest) -> sdk.CheckResponse:
            return sdk.CheckResponse(inputs={})

        async def check(self, request: sdk.CheckRequest) -> sdk.CheckResponse:
            failures = [
                sdk.CheckFailure(key, "is bad") for key, item in request.new_inputs.items() if item.value == "bad"
            ]
            return sdk.CheckResponse(inputs=request.new_inputs, failures=failures)

        async def diff(self, request: sdk.DiffRequest) -> sdk.DiffResponse:
            old = {key: item for key, item in request.old_state.items() if key not in ("made", "secretive")}
            changed = sorted(
                key
                for key in {*old, *request.new_inputs}
                if _plain(old.get(key)) != _plain(request.new_inputs.get(key)) and key not in request.ignore_changes
            )
            replaces = [key for key in changed if key in ("key", "early")]
            kinds = {key: _kind(key, old, request.new_inputs) for key in changed}
            return sdk.DiffResponse(
                changes=bool(changed),
                replaces=replaces,
                diffs=changed,
                delete_before_replace="early" in changed,
                detailed_diff={key: sdk.PropertyDiff(kind, False) for key, kind in kinds.items()},
            )

        async def create(self, request: sdk.CreateRequest) -> sdk.CreateResponse:
            if request.preview:
                return sdk.CreateResponse(None, {**request.properties, "made": UNKNOWN_VALUE})
            self._work("create", request.name)
            with world.lock:
                made = f"{request.name}-{next(world.ids)}"
                outputs = {**request.properties, "made": PropertyValue(made)}
                world.things[made] = request.urn, outputs
            self._answer("create", request.name)
            return sdk.CreateResponse(made, outputs)

        async def read(self, request: sdk.ReadRequest) -> sdk.ReadResponse:
            world.look(request.urn.split("::")[-1])
            found = world.things.get(request.resource_id)
            if found is None:
                return sdk.ReadResponse(None)
            inputs = {key: item for key, item in found[1].items() if key != "made"}
            return sdk.ReadResponse(request.resource_id, found[1], inputs)

        async def update(self, request: sdk.UpdateRequest) -> sdk.UpdateResponse:
            outputs = {**request.news, "made": PropertyValue(request.resource_id)}
            if not request.preview:
                self._work("update", request.name)
                with world.lock:
                    world.things[request.resource_id] = request.urn, outputs
                self._answer("update", request.name)
            return sdk.UpdateResponse(outputs)

        async def delete(self, request: sdk.DeleteRequest) -> None:
            self._work("delete", request.name)
            with world.lock:
                world.things.pop(request.resource_id, None)
            self._answer("delete", request.name)

        async def invoke(self, request: sdk.InvokeRequest) -> sdk.InvokeResponse:
            return sdk.InvokeResponse({"echo": request.args["say"]})

        async def adopt(self, type_token: str, urn: str, inputs: dict[str, PropertyValue]) -> str | None:
            world.look(urn.rsplit("::", maxsplit=1)[-1])
            known = [made for made, (owner, _) in world.things.items() if owner == urn]
            return known[-1] if known else None

        def _work(self, verb: str, name: str) -> None:
            with world.lock:
                world.running += 1
                world.most_running = max(world.most_running, world.running)
            try:
                if world.delay:
                    time.sleep(world.delay)
                world.reach("before")
                world.lose("before", verb, name)
                if world.failing(verb, name):
                    raise RuntimeError(f"the world refuses to {verb} {name}")
                with world.lock:
                    world.calls.append((verb, name))
            finally:
                with world.lock:
                    world.running -= 1

        def _answer(self, verb: str, name: str) -> None:
            world.reach("after")
            world.lose("after", verb, name)

    return FakeProvider


def _plain(item: PropertyValue | None) -> Any:
    return None if item is None else item.with_secret(False)


def _kind(key: str, old: dict[str, PropertyValue], new: dict[str, PropertyValue]) -> sdk.PropertyDiffKind:
    name = "ADD" if key not in old else "DELETE" if key not in new else "UPDATE"
    return sdk.PropertyDiffKind[f"{name}_REPLACE" if key in ("key", "early") else name]
