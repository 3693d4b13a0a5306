"""The resource monitor: what the SDK calls while the program runs, here without gRPC.

The SDK calls from many threads at once, and a call may last until the resource exists.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from google.protobuf import empty_pb2
from pulumi.runtime.proto import resource_pb2 as messages

from infra.engine.embedded import wire
from infra.engine.embedded.functions import call_function
from infra.engine.embedded.refusal import Unsupported
from infra.engine.embedded.registrar import Registrar

FEATURES = (
    messages.RESOURCE_MONITOR_FEATURE_SECRETS,
    messages.RESOURCE_MONITOR_FEATURE_RESOURCE_REFERENCES,
    messages.RESOURCE_MONITOR_FEATURE_ALIAS_SPECS,
    messages.RESOURCE_MONITOR_FEATURE_DELETED_WITH,
    messages.RESOURCE_MONITOR_FEATURE_REPLACE_WITH,
    messages.RESOURCE_MONITOR_FEATURE_REPLACEMENT_TRIGGER,
    messages.RESOURCE_MONITOR_FEATURE_TRANSFORMS,
    messages.RESOURCE_MONITOR_FEATURE_INVOKE_TRANSFORMS,
    messages.RESOURCE_MONITOR_FEATURE_PARAMETERIZATION,
    messages.RESOURCE_MONITOR_FEATURE_RESOURCE_HOOKS,
    messages.RESOURCE_MONITOR_FEATURE_ERROR_HOOKS,
)
"""What the SDK may send. Some of it is refused by name here, more clearly than the SDK would."""

REFUSED = {
    "Call": "resource methods",
    "RegisterPackage": "parameterized packages",
    "RegisterStackTransform": "stack transforms",
    "RegisterStackInvokeTransform": "stack transforms",
    "RegisterResourceHook": "resource hooks",
    "RegisterErrorHook": "resource hooks",
    "ExistsResource": "looking whether a resource exists",
}


class Monitor:
    """Answers the SDK's calls; what they are named is in `_CALLS`."""

    def __init__(self, registrar: Registrar) -> None:
        self.registrar = registrar

    def __getattr__(self, name: str) -> Callable[[Any], Any]:
        if name in REFUSED:
            return _refusing(REFUSED[name])
        handler = _CALLS.get(name)
        if handler is None:
            raise AttributeError(name)
        return lambda request, *_: handler(self, request)


def _refusing(feature: str) -> Callable[..., Any]:
    def refuse(*_: Any) -> Any:
        raise Unsupported(feature)

    return refuse


def _get_deployment_info(_monitor: Monitor, _request: Any) -> Any:
    return messages.DeploymentInfo(supportedFeatures=FEATURES)


def _register_resource(monitor: Monitor, request: Any) -> Any:
    done = monitor.registrar.register(request)
    return messages.RegisterResourceResponse(
        urn=done.urn,
        id=done.id,
        object=wire.write_struct(done.outputs if request.custom else {}),
        result=messages.Result.SUCCESS if done.succeeded else messages.Result.FAIL,
        unknown=done.is_unknown,
    )


def _read_resource(monitor: Monitor, request: Any) -> Any:
    done = monitor.registrar.read(request)
    return messages.ReadResourceResponse(
        urn=done.urn,
        id=done.id,
        properties=wire.write_struct(done.outputs),
        result=messages.Result.SUCCESS if done.succeeded else messages.Result.FAIL,
        unknown=done.is_unknown,
    )


def _register_outputs(monitor: Monitor, request: Any) -> Any:
    monitor.registrar.register_outputs(request.urn, wire.read_struct(request.outputs))
    return empty_pb2.Empty()


def _invoke(monitor: Monitor, request: Any) -> Any:
    values, failures = call_function(monitor.registrar, request)
    response = messages.ResourceInvokeResponse(
        failures=[{"property": name, "reason": reason} for name, reason in failures]
    )
    getattr(response, "return").CopyFrom(wire.write_struct(values))
    return response


def _wait_for_shutdown(_monitor: Monitor, _request: Any) -> Any:
    return empty_pb2.Empty()


_CALLS: Mapping[str, Callable[[Monitor, Any], Any]] = {
    "GetDeploymentInfo": _get_deployment_info,
    "RegisterResource": _register_resource,
    "ReadResource": _read_resource,
    "RegisterResourceOutputs": _register_outputs,
    "Invoke": _invoke,
    "SignalAndWaitForShutdown": _wait_for_shutdown,
}
