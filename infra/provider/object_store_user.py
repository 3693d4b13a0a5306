"""`aqstream:s3:User`: a user of the object store, and the one policy that says what it may do."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import partial
from threading import Semaphore
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import Field

from infra.model.declaration import Declaration
from infra.provider.lost import is_lost
from infra.provider.object_store_login import StoreLogin, connect, may_log_in
from infra.provider.resource_type import Created, ResourceType, State

if TYPE_CHECKING:
    from infra.provider.object_store_session import Store

CHANGED_OUTSIDE = "(not the deployed one)"
_FEW = Semaphore(2)
"""The server takes 64 MiB to open what it is told about a user (Argon2id) and frees it late: eight of them at once have
cost it its life in a container of 512 MiB."""
_GONE = frozenset({"XMinioAdminNoSuchUser", "XMinioAdminNoSuchPolicy"})


class Statement(Declaration):
    """One statement of an S3 policy; `conditions`: operator -> key -> values."""

    effect: Literal["Allow", "Deny"] = "Allow"
    actions: tuple[str, ...]
    resources: tuple[str, ...] = ()
    conditions: dict[str, dict[str, tuple[str, ...]]] = {}


class StoreUserInputs(Declaration):
    """`server`: the provisioner's login; `containers`: the store's.

    `policies` are the names attached, by declaration the user's own alone.
    """

    server: StoreLogin
    name: str
    secret_key: str = Field(repr=False)
    statements: tuple[Statement, ...]
    policies: tuple[str, ...]
    enabled: bool = True
    containers: tuple[str, ...] = ()


class ObjectStoreUserType(ResourceType[StoreUserInputs]):
    """The id is the access key; the policy carries the same name."""

    token = "aqstream:s3:User"  # noqa: S105 a type's name
    inputs = StoreUserInputs
    replaced_by: ClassVar[frozenset[str]] = frozenset({"name"})

    def create(self, inputs: StoreUserInputs) -> Created:
        with _FEW, connect(inputs.server) as store:
            _apply(store, inputs)
        return Created(inputs.name)

    def update(self, identifier: str, state: State, inputs: StoreUserInputs) -> State:
        with _FEW, connect(inputs.server) as store:
            _apply(store, inputs)
        return {}

    def read(self, identifier: str, state: State, inputs: StoreUserInputs) -> State | None:
        if is_lost(*inputs.containers):
            return None
        with _FEW, connect(inputs.server) as store:
            user = _found(store, identifier)
            granted = policy_of(store, identifier)
        if user is None:
            return None
        is_ours = may_log_in(inputs.server.model_copy(update=_pair(inputs)))
        return state | {
            "enabled": user["status"] == "enabled",
            "policies": [name for name in str(user.get("policyName", "")).split(",") if name],
            "statements": granted,
            "secretKey": inputs.secret_key if is_ours else CHANGED_OUTSIDE,
        }

    def delete(self, identifier: str, state: State) -> None:
        with connect(StoreLogin.model_validate(state["server"])) as store:
            for remove in (store.admin.user_remove, store.admin.policy_remove):
                store.found(partial(remove, identifier), _GONE)


def apply_user(store: Store, name: str, secret_key: str, granted: tuple[Statement, ...]) -> None:
    """Policy first, so that the user never exists with less or more than it."""
    store.admin.policy_add(name, policy=document(granted))
    store.admin.user_add(name, secret_key)
    store.admin.policy_set(name, user=name)


def document(granted: tuple[Statement, ...]) -> dict[str, Any]:
    """The statements as an S3 policy."""
    return {"Version": "2012-10-17", "Statement": [_written(statement) for statement in granted]}


def policy_of(store: Store, name: str) -> list[dict[str, Any]]:
    """The statements of the user's own policy in the form they are declared in, sorted where order means nothing."""
    policy = store.found(lambda: store.admin.policy_info(name), _GONE)
    return [] if policy is None else [_read(statement) for statement in json.loads(policy)["Statement"]]


def _apply(store: Store, inputs: StoreUserInputs) -> None:
    apply_user(store, inputs.name, inputs.secret_key, inputs.statements)
    if not inputs.enabled:
        store.admin.user_disable(inputs.name)


def _pair(inputs: StoreUserInputs) -> dict[str, str]:
    return {"access_key": inputs.name, "secret_key": inputs.secret_key}


def _written(statement: Statement) -> dict[str, Any]:
    written: dict[str, Any] = {"Effect": statement.effect, "Action": list(statement.actions)}
    if statement.resources:
        written["Resource"] = [f"arn:aws:s3:::{resource}" for resource in statement.resources]
    if statement.conditions:
        written["Condition"] = statement.model_dump()["conditions"]
    return written


def _read(statement: Mapping[str, Any]) -> dict[str, Any]:
    conditions = statement.get("Condition") or {}
    resources = [resource.removeprefix("arn:aws:s3:::") for resource in _listed(statement.get("Resource") or [])]
    found = {
        "effect": statement["Effect"],
        "actions": sorted(_listed(statement["Action"])),
        "resources": sorted(resource for resource in resources if resource),
        "conditions": {
            operator: {key: sorted(_listed(values)) for key, values in sorted(keys.items())}
            for operator, keys in sorted(conditions.items())
        },
    }
    return {key: value for key, value in found.items() if value}


def _listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else [str(item) for item in value]


def _found(store: Store, name: str) -> dict[str, Any] | None:
    user = store.found(lambda: store.admin.user_info(name), _GONE)
    return None if user is None else dict(json.loads(user))
