"""Provider functions that the program calls, and the engine's own `getResource`."""

from __future__ import annotations

from typing import Any

from infra.engine.embedded import wire
from infra.engine.embedded.refusal import Unsupported
from infra.engine.embedded.registrar import Registrar
from infra.engine.values import Properties
from infra.model.errors import ResourceError

Failures = tuple[tuple[str, str], ...]

GET_RESOURCE = "pulumi:pulumi:getResource"


def call_function(registrar: Registrar, request: Any) -> tuple[Properties, Failures]:
    """The function's result, and what was wrong with its arguments."""
    arguments = wire.read_struct(request.args)
    if request.tok == GET_RESOURCE:
        return _get_resource(registrar, arguments), ()
    if request.tok.startswith("pulumi:"):
        raise Unsupported(f"the function {request.tok}")
    client = registrar.providers.client(registrar.provider_of_function(request))
    return client.invoke(request.tok, arguments)


def _get_resource(registrar: Registrar, arguments: Properties) -> Properties:
    urn = arguments["urn"]
    if urn not in registrar.done:
        raise ResourceError(f"there is no resource {urn}", "register it before it is referred to")
    _, resource = registrar.done[urn]
    return {"urn": urn, "id": resource.id, "state": resource.outputs}
