"""The Pulumi provider `aqstream`: hands each call to the resource type that the token names."""

import asyncio
import json
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

from pulumi.provider.experimental import provider as rpc
from pulumi.provider.experimental.property_value import PropertyValue

from infra.host.docker_api import EngineUnreachable, place
from infra.model.docker_engine import EngineAddress
from infra.model.errors import ConfigurationError, ResourceError
from infra.model.reading import validate
from infra.provider import __version__
from infra.provider.catalogue import find
from infra.provider.difference import differences, top_level
from infra.provider.resource_type import ResourceType, State
from infra.provider.values import UNKNOWN, Properties, has_unknown, plain_all, wire

P = ParamSpec("P")
T = TypeVar("T")
_HOST, _HOSTS = "host", "hosts"
_PLACING = frozenset({_HOST, _HOSTS})
"""Inputs that every type may have: the machine of its container or volume, and machines of other containers."""
_KINDS = {
    "add": (rpc.PropertyDiffKind.ADD, rpc.PropertyDiffKind.ADD_REPLACE),
    "delete": (rpc.PropertyDiffKind.DELETE, rpc.PropertyDiffKind.DELETE_REPLACE),
    "update": (rpc.PropertyDiffKind.UPDATE, rpc.PropertyDiffKind.UPDATE_REPLACE),
}


class AqstreamProvider(rpc.Provider):
    """Pulumi's provider protocol over our resource types; each call runs in a thread of its own."""

    async def get_schema(self, request: rpc.GetSchemaRequest) -> rpc.GetSchemaResponse:
        return rpc.GetSchemaResponse(schema=json.dumps({"name": "aqstream", "version": __version__}))

    async def check_config(self, request: rpc.CheckRequest) -> rpc.CheckResponse:
        """Nothing is kept: the package shares its name with the project, whose whole configuration arrives here."""
        return rpc.CheckResponse(inputs={})

    async def diff_config(self, request: rpc.DiffRequest) -> rpc.DiffResponse:
        return rpc.DiffResponse(changes=False)

    async def configure(self, request: rpc.ConfigureRequest) -> rpc.ConfigureResponse:
        return rpc.ConfigureResponse(accept_secrets=True, supports_preview=True, accept_outputs=True)

    async def check(self, request: rpc.CheckRequest) -> rpc.CheckResponse:
        kind = _kind(request.urn)
        values = plain_all(request.new_inputs)
        if has_unknown(values):
            return rpc.CheckResponse(inputs=request.new_inputs)
        try:
            validate(kind.inputs, _without_host(values), f"{request.type} {request.name}")
        except ConfigurationError as error:
            return rpc.CheckResponse(request.new_inputs, [rpc.CheckFailure("", error.message)])
        return rpc.CheckResponse(inputs=request.new_inputs)

    async def diff(self, request: rpc.DiffRequest) -> rpc.DiffResponse:
        kind = _kind(request.urn)
        return _diff(kind, plain_all(request.old_state), plain_all(request.new_inputs), request.ignore_changes)

    async def create(self, request: rpc.CreateRequest) -> rpc.CreateResponse:
        kind = _kind(request.urn)
        if request.preview:
            return rpc.CreateResponse(None, _known(kind, request.properties, {}))
        created = await _work(kind.create, _inputs(kind, request.properties, request.urn))
        return rpc.CreateResponse(created.id, _outputs(kind, request.properties, created.outputs))

    async def update(self, request: rpc.UpdateRequest) -> rpc.UpdateResponse:
        kind = _kind(request.urn)
        state = plain_all(request.olds)
        if request.preview:
            kept = {key: state[key] for key in kind.computed - kind.renewed if key in state}
            return rpc.UpdateResponse(_known(kind, request.news, kept))
        _place(state)
        inputs = _inputs(kind, request.news, request.urn)
        computed = await _work(kind.update, request.resource_id, state, inputs)
        return rpc.UpdateResponse(_outputs(kind, request.news, computed))

    async def read(self, request: rpc.ReadRequest) -> rpc.ReadResponse:
        kind = _kind(request.urn)
        state = plain_all(request.properties)
        inputs = _inputs(kind, request.inputs, request.urn)
        found = await _work(kind.read, request.resource_id, state, inputs)
        if found is None:
            return rpc.ReadResponse()
        seen = {key: _as_before(request.inputs, key, found.get(key)) for key in request.inputs}
        computed = {key: found[key] for key in kind.computed if key in found}
        return rpc.ReadResponse(resource_id=request.resource_id, properties=_outputs(kind, seen, computed), inputs=seen)

    async def adopt(self, type_token: str, urn: str, inputs: dict[str, PropertyValue]) -> str | None:
        """What an interrupted create left: nothing to look for, as every type's create can be repeated in place."""
        return None

    async def delete(self, request: rpc.DeleteRequest) -> None:
        kind, state = _kind(request.urn), plain_all(request.properties)
        _place(state)
        await _work(kind.delete, request.resource_id, state)


async def _work(call: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T:
    """The call's result, from a thread of its own. An engine that is silent fails one resource, not the program."""
    try:
        return await asyncio.to_thread(call, *arguments, **named)
    except EngineUnreachable as error:
        raise ResourceError(error.message, error.hint) from error


def _kind(urn: str) -> ResourceType[Any]:
    """The URN's third part is the chain of parents' types; the resource's own comes last."""
    return find(urn.split("::")[2].rpartition("$")[2])


def _inputs(kind: ResourceType[Any], properties: Properties, urn: str) -> Any:
    values = plain_all(properties)
    _place(values)
    return validate(kind.inputs, _without_host(values), urn)


def _place(values: State) -> None:
    """A resource with a `host` works on that machine: its container and volume are there, `hosts` are of others."""
    if host := values.get(_HOST):
        for name in (values.get("container"), values.get("volume")):
            if name:
                place(name, _address(host))
    for name, other in (values.get(_HOSTS) or {}).items():
        place(name, _address(other))


def _address(host: State) -> EngineAddress:
    return EngineAddress.of(host["docker"], host.get("certPath") or "", host.get("sshConfig") or "")


def _without_host(values: State) -> State:
    return {key: value for key, value in values.items() if key not in _PLACING}


def _outputs(kind: ResourceType[Any], inputs: Properties, computed: State) -> dict[str, PropertyValue]:
    wired = {key: wire(value, secret=key in kind.secret) for key, value in computed.items()}
    return {**inputs, **wired}


def _known(kind: ResourceType[Any], inputs: Properties, kept: State) -> dict[str, PropertyValue]:
    return _outputs(kind, inputs, {key: kept.get(key, UNKNOWN) for key in kind.computed})


def _as_before(inputs: Properties, key: str, value: Any) -> PropertyValue:
    before = inputs[key]
    return before if plain_all({key: before})[key] == value else wire(value, secret=before.is_secret)


def _diff(kind: ResourceType[Any], state: State, new: State, ignored: list[str]) -> rpc.DiffResponse:
    if objection := kind.objection(state, new):
        raise ResourceError(objection, kind.instead)
    names = {str(info.alias) for info in kind.inputs.model_fields.values()} | _PLACING
    old = {key: value for key, value in state.items() if key in names}
    replacing = kind.replaced_by | {_HOST}
    detailed = {
        path: rpc.PropertyDiff(_KINDS[how][top_level(path) in replacing], input_diff=True)
        for path, how in differences(old, new)
        if top_level(path) not in ignored
    }
    for key in sorted(kind.stale(state)):
        detailed[key] = rpc.PropertyDiff(rpc.PropertyDiffKind.UPDATE, input_diff=False)
    touched = list(dict.fromkeys(top_level(path) for path in detailed))
    replaces = [key for key in touched if key in replacing]
    stables = sorted(kind.computed - kind.renewed) if not replaces else []
    return rpc.DiffResponse(
        changes=bool(detailed),
        replaces=replaces,
        stables=stables,
        delete_before_replace=kind.delete_before_replace,
        diffs=touched,
        detailed_diff=detailed,
    )
