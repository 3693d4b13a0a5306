"""The `docker` package for the embedded engine, as a provider of the Pulumi SDK."""

from __future__ import annotations

import json
import secrets
import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING

from pulumi.provider.experimental.property_value import PropertyValue
from pulumi.provider.experimental.provider import (
    CheckFailure,
    CheckRequest,
    CheckResponse,
    ConfigureRequest,
    ConfigureResponse,
    CreateRequest,
    CreateResponse,
    DeleteRequest,
    DiffRequest,
    DiffResponse,
    InvokeRequest,
    InvokeResponse,
    PropertyDiff,
    PropertyDiffKind,
    Provider,
    ReadRequest,
    ReadResponse,
    UpdateRequest,
    UpdateResponse,
)
from pulumi.runtime.rpc import UNKNOWN

from infra.engine.embedded.docker import check
from infra.engine.embedded.docker.compare import DEFAULTS_KEY, without_defaults
from infra.engine.embedded.docker.configuration import host_settings
from infra.engine.embedded.docker.diff import Change, changes
from infra.engine.embedded.docker.field import Properties, Schema
from infra.engine.embedded.docker.property_values import boxed, boxed_outputs, plain_properties
from infra.engine.embedded.docker.resource_type import Recorded, ResourceType
from infra.engine.embedded.docker.schemas import SCHEMAS
from infra.engine.loading import load
from infra.model.errors import ResourceError

if TYPE_CHECKING:
    from infra.engine.embedded.docker.client import Docker

PACKAGE = "infra.engine.embedded.docker"
META_KEY = "__meta"

RESOURCE_TYPES: Mapping[str, str] = {
    "docker:index/container:Container": f"{PACKAGE}.container:Container",
    "docker:index/network:Network": f"{PACKAGE}.network:Network",
    "docker:index/remoteImage:RemoteImage": f"{PACKAGE}.image:RemoteImage",
    "docker:index/volume:Volume": f"{PACKAGE}.volume:Volume",
}
LOOK_UP_IMAGE = "docker:index/getRemoteImage:getRemoteImage"

_KINDS = {
    ("add", False): PropertyDiffKind.ADD,
    ("add", True): PropertyDiffKind.ADD_REPLACE,
    ("delete", False): PropertyDiffKind.DELETE,
    ("delete", True): PropertyDiffKind.DELETE_REPLACE,
    ("update", False): PropertyDiffKind.UPDATE,
    ("update", True): PropertyDiffKind.UPDATE_REPLACE,
}


class DockerProvider(Provider):
    """Translates between the provider protocol and the resource types; decides nothing itself.

    The Docker SDK is loaded when Docker is first asked something: checks and diffs need none of it.
    """

    def __init__(self) -> None:
        self._settings = host_settings({})
        self._docker: Docker | None = None
        self._connecting = threading.Lock()

    @property
    def docker(self) -> Docker:
        """The Docker Engine that this provider was configured for."""
        with self._connecting:
            if self._docker is None:
                self._docker = load(f"{PACKAGE}.client:Docker")(self._settings)
            return self._docker

    async def check_config(self, request: CheckRequest) -> CheckResponse:
        """Everything may be given; without a host, DOCKER_HOST and then the local socket count."""
        return CheckResponse(dict(request.new_inputs))

    async def configure(self, request: ConfigureRequest) -> ConfigureResponse:
        """Notes where Docker is; the connection is made when it is first needed."""
        self._settings = host_settings(plain_properties(request.args))
        return ConfigureResponse(accept_secrets=True, supports_preview=True, accept_resources=False)

    async def invoke(self, request: InvokeRequest) -> InvokeResponse:
        """Answers `getRemoteImage`."""
        if request.tok != LOOK_UP_IMAGE:
            raise ResourceError(
                f"the function {request.tok} is not supported by the embedded engine",
                "deploy with the Pulumi CLI",
            )
        found = load(f"{PACKAGE}.image:look_up")(self.docker, plain_properties(request.args))
        return InvokeResponse({name: boxed(value) for name, value in found.items()})

    async def check(self, request: CheckRequest) -> CheckResponse:
        """Names, defaults and what is wrong with the inputs."""
        schema = _schema(_type_of(request.urn))
        old = request.old_inputs or {}
        seed = request.random_seed or secrets.token_bytes(32)
        inputs = check.with_defaults(schema, check.named(request.new_inputs, old, request.name, seed))
        failures = [CheckFailure(item.path, item.reason) for item in check.failures(schema, inputs)]
        return CheckResponse(inputs, failures)

    async def diff(self, request: DiffRequest) -> DiffResponse:
        """What changes, property by property, and whether the object has to be replaced."""
        schema = _schema(_type_of(request.urn))
        recorded, declared = plain_properties(request.old_state), plain_properties(request.new_inputs)
        ignored = {path.partition(".")[0] for path in request.ignore_changes}
        every = changes(schema.fields, recorded, declared)
        found = [change for change in every if change.property_name not in ignored]
        replaces = sorted({change.property_name for change in found if change.replaces})
        keeps_name = recorded.get("name") == declared.get("name")
        return DiffResponse(
            changes=bool(found),
            replaces=replaces,
            stables=[field.name for field in schema if field.replaces and field.name not in replaces],
            delete_before_replace=bool(replaces) and (schema.replaced_by_deletion or keeps_name),
            diffs=sorted({change.property_name for change in found}),
            detailed_diff={change.path: _property_diff(change) for change in found},
        )

    async def create(self, request: CreateRequest) -> CreateResponse:
        """Creates the object; a preview says what will be known."""
        schema = _schema(_type_of(request.urn))
        inputs = plain_properties(request.properties)
        if request.preview:
            return CreateResponse("", boxed_outputs(_foreseen(schema, inputs), request.properties))
        made = _type(_type_of(request.urn)).create(self.docker, inputs)
        return CreateResponse(made.id, _outputs(schema, made, request.properties))

    async def read(self, request: ReadRequest) -> ReadResponse:
        """The object as it is; without an id in the answer it is gone."""
        token = _type_of(request.urn)
        schema = _schema(token)
        declared = {**plain_properties(request.properties), **plain_properties(request.inputs)}
        found = _type(token).read(self.docker, request.resource_id, declared)
        if found is None:
            return ReadResponse("", {}, {})
        return ReadResponse(found.id, _outputs(schema, found, request.inputs), _inputs(schema, found, request.inputs))

    async def update(self, request: UpdateRequest) -> UpdateResponse:
        """Changes the object in place."""
        schema = _schema(_type_of(request.urn))
        recorded, inputs = plain_properties(request.olds), plain_properties(request.news)
        if request.preview:
            foreseen = {**recorded, **_given(schema, inputs)}
            return UpdateResponse(boxed_outputs(foreseen, request.news))
        changed = _type(_type_of(request.urn)).update(self.docker, request.resource_id, recorded, inputs)
        return UpdateResponse(_outputs(schema, changed, request.news))

    async def delete(self, request: DeleteRequest) -> None:
        """Deletes the object; one that is gone is fine."""
        recorded = plain_properties(request.properties)
        _type(_type_of(request.urn)).delete(self.docker, request.resource_id, recorded)

    async def adopt(self, type_token: str, urn: str, inputs: dict[str, PropertyValue]) -> str | None:
        """The id of what an interrupted creation of exactly these inputs left behind."""
        return _type(type_token).left_behind(self.docker, plain_properties(inputs))


def _schema(token: str) -> Schema:
    if token not in SCHEMAS:
        raise ResourceError(
            f"the resource type {token} is not supported by the embedded engine", "deploy with the Pulumi CLI"
        )
    return SCHEMAS[token]


def _type(token: str) -> ResourceType:
    kind: ResourceType = load(RESOURCE_TYPES[token])()
    return kind


def _type_of(urn: str) -> str:
    return urn.split("::")[2].rsplit("$", 1)[-1]


def _property_diff(change: Change) -> PropertyDiff:
    return PropertyDiff(_KINDS[change.kind, change.replaces], input_diff=False)


def _given(schema: Schema, inputs: Properties) -> Properties:
    return {field.name: without_defaults(inputs[field.name]) for field in schema if field.name in inputs}


def _foreseen(schema: Schema, inputs: Properties) -> Properties:
    unknown = {field.name: UNKNOWN for field in schema if field.computed or field.read_only}
    return {**unknown, **_given(schema, inputs)}


def _outputs(schema: Schema, recorded: Recorded, inputs: Mapping[str, PropertyValue]) -> dict[str, PropertyValue]:
    outputs = boxed_outputs({"id": recorded.id, **recorded.outputs}, inputs)
    return {**outputs, META_KEY: PropertyValue(json.dumps(schema.meta, separators=(",", ":")))}


def _inputs(schema: Schema, recorded: Recorded, inputs: Mapping[str, PropertyValue]) -> dict[str, PropertyValue]:
    """The inputs, with what was found in place of what was declared where the two differ."""
    drifted = {change.property_name for change in changes(schema.fields, recorded.outputs, plain_properties(inputs))}
    found = {name: boxed(value) for name, value in recorded.outputs.items() if name in drifted and value is not None}
    kept = {name: value for name, value in inputs.items() if name not in drifted or name == DEFAULTS_KEY}
    return {**kept, **found}
