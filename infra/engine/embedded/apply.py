"""What each kind of step does to the world: calls the provider and gives the resource's new state."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from infra.engine.embedded.deployment import now
from infra.engine.embedded.equality import equal
from infra.engine.embedded.providers import Providers
from infra.engine.embedded.resource import Resource
from infra.engine.embedded.step import Step
from infra.engine.embedded.wire import secret
from infra.engine.events import Op
from infra.engine.values import Properties, Secret
from infra.model.errors import ResourceError


@dataclass(frozen=True, slots=True)
class World:
    """Where steps happen; in a preview, where they would."""

    providers: Providers
    is_preview: bool
    doomed: set[str]
    """URNs that this operation deletes; what is `deletedWith` one of them goes by itself."""

    def apply(self, step: Step) -> Resource | None:
        """Do `step`; gives the resource after it, or None where it is gone. Raises ResourceError."""
        result = _ACTIONS[step.op](self, step)
        return None if result is None else hide_secrets(result)

    def _same(self, step: Step) -> Resource:
        old, new = _sides(step)
        if step.is_skipped:
            return new
        result = replace(new, id=old.id, outputs=old.outputs)
        if result.is_provider:
            self.providers.same(replace(result, inputs=old.inputs))
        return result

    def _create(self, step: Step) -> Resource:
        new = _new(step)
        resource_id = ""
        outputs: Properties = {}
        if new.is_provider:
            resource_id, outputs = self.providers.create(new, preview=self.is_preview)
        elif new.custom:
            client = self.providers.client(new.provider)
            resource_id, outputs = client.create(new, preview=self.is_preview)
        moment = self._moment("")
        return replace(new, id=resource_id, outputs=outputs, created=moment, modified=moment)

    def _update(self, step: Step) -> Resource:
        old, new = _sides(step)
        new = replace(new, id=old.id, created=old.created, modified=old.modified)
        if not new.custom:
            return new
        if new.is_provider:
            outputs = self.providers.update(new, old.id)
        else:
            outputs = self.providers.client(new.provider).update(old, new, preview=self.is_preview)
        return replace(new, outputs=outputs, modified=self._moment(old.modified))

    def _moment(self, before: str) -> str:
        """When it was done; in a preview, what is known before."""
        return before if self.is_preview else now()

    def _delete(self, step: Step) -> None:
        old = _old(step)
        if step.op is Op.DELETE and old.protect:
            raise ResourceError(
                f"{old.urn} is protected and cannot be deleted",
                f"aqdata stack unprotect {old.name}, if it is to go",
            )
        if not (self.is_preview or old.external or old.retain_on_delete or old.deleted_with in self.doomed):
            self._really_delete(old)

    def _really_delete(self, old: Resource) -> None:
        if old.custom and not old.is_provider:
            self.providers.client(old.provider).delete(old)

    def _read(self, step: Step) -> Resource:
        new = _new(step)
        found = self.providers.client(new.provider).read(replace(new, outputs=new.inputs))
        if not found.id:
            raise ResourceError(f"{new.urn}: there is no resource with the id {new.id}", "correct the id")
        result = replace(new, id=found.id, outputs=found.outputs)
        if step.old is None:
            return result
        changed = not (equal(step.old.inputs, new.inputs) and equal(step.old.outputs, found.outputs))
        return replace(result, created=step.old.created, modified=now() if changed else step.old.modified)

    def _nothing(self, step: Step) -> Resource | None:
        return step.new


_ACTIONS: Mapping[Op, Callable[[World, Step], Resource | None]] = {
    Op.SAME: World._same,
    Op.CREATE: World._create,
    Op.CREATE_REPLACEMENT: World._create,
    Op.UPDATE: World._update,
    Op.REPLACE: World._nothing,
    Op.DELETE: World._delete,
    Op.DELETE_REPLACED: World._delete,
    Op.DISCARD_REPLACED: World._delete,
    Op.READ: World._read,
    Op.READ_REPLACEMENT: World._read,
    Op.REMOVE_PENDING_REPLACE: World._nothing,
}


def hide_secrets(resource: Resource) -> Resource:
    """`resource` with secret outputs: those it is told to hide, and those whose input is secret."""
    hidden = {key for key in resource.additional_secret_outputs if key != "id"}
    hidden |= {key for key, item in resource.inputs.items() if isinstance(item, Secret)}
    exposed = [key for key in hidden & resource.outputs.keys() if not isinstance(resource.outputs[key], Secret)]
    if not exposed:
        return resource
    outputs: Properties = {**resource.outputs, **{key: secret(resource.outputs[key]) for key in exposed}}
    return replace(resource, outputs=outputs)


def _sides(step: Step) -> tuple[Resource, Resource]:
    return _old(step), _new(step)


def _old(step: Step) -> Resource:
    assert step.old is not None  # noqa: S101 the planner gives such steps an old side
    return step.old


def _new(step: Step) -> Resource:
    assert step.new is not None  # noqa: S101 the planner gives such steps a new side
    return step.new
