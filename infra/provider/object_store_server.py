"""`aqstream:s3:Server`: a started object store that its root user has handed over to the provisioner."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from infra.model.declaration import Declaration
from infra.model.errors import ResourceError
from infra.provider.lost import is_lost
from infra.provider.object_store_login import StoreLogin, connect, may_log_in, when_started
from infra.provider.object_store_user import Statement, apply_user, policy_of
from infra.provider.resource_type import Created, ResourceType, State
from infra.provider.restart import restart
from infra.provider.values import UNKNOWN

if TYPE_CHECKING:
    from infra.provider.object_store_session import Store

_PATIENCE_SECONDS = 60


class StoreServerInputs(Declaration):
    """`root` is used once, to make the provisioner; after that the server refuses it.

    `login` is the provisioner's; `statements` are its rights. `sealingKey` encrypts what the server keeps.
    `otherNodes` are the containers of a distributed store beside `container`.
    """

    container: str
    root: StoreLogin
    login: StoreLogin
    statements: tuple[Statement, ...]
    sealing_key: str = Field(repr=False)
    root_access: bool = False
    other_nodes: tuple[str, ...] = ()


class ObjectStoreServerType(ResourceType[StoreServerInputs]):
    """The id is the container's name."""

    token = "aqstream:s3:Server"  # noqa: S105 a type's name
    inputs = StoreServerInputs
    replaced_by: ClassVar[frozenset[str]] = frozenset({"container"})

    def create(self, inputs: StoreServerInputs) -> Created:
        if not may_log_in(inputs.login, patience=_PATIENCE_SECONDS):
            with connect(inputs.root) as root:
                when_started(partial(_make_provisioner, root, inputs), _PATIENCE_SECONDS)
        _set_root_access(inputs)
        return Created(inputs.container)

    def update(self, identifier: str, state: State, inputs: StoreServerInputs) -> State:
        if state["sealingKey"] != inputs.sealing_key:
            raise ResourceError(
                f"{identifier}: the sealing key of an object store cannot change, what it keeps would be lost",
                "copy the objects to a store with another key instead",
            )
        if StoreLogin.model_validate(state["root"]).secret_key != inputs.root.secret_key:
            for container in (inputs.container, *inputs.other_nodes):
                restart(container)
        if not may_log_in(inputs.login, patience=_PATIENCE_SECONDS):
            with connect(StoreLogin.model_validate(state["login"])) as before:
                before.admin.user_add(inputs.login.access_key, inputs.login.secret_key)
        with connect(inputs.login) as store:
            _make_provisioner(store, inputs)
        _set_root_access(inputs)
        return {}

    def objection(self, state: State, new: State) -> str:
        if new.get("otherNodes") is UNKNOWN:
            return ""
        before, after = (1 + len(each.get("otherNodes") or ()) for each in (state, new))
        if before == after:
            return ""
        return f"a store of {before} cannot become one of {after} nodes: what it keeps lies in a form for {before}"

    def read(self, identifier: str, state: State, inputs: StoreServerInputs) -> State | None:
        if is_lost(inputs.container, *inputs.other_nodes):
            return None
        with connect(inputs.login) as store:
            return state | {
                "rootAccess": "root_access=off" not in store.admin.config_get("api").split(),
                "statements": policy_of(store, inputs.login.access_key),
            }


def _make_provisioner(store: Store, inputs: StoreServerInputs) -> None:
    apply_user(store, inputs.login.access_key, inputs.login.secret_key, inputs.statements)


def _set_root_access(inputs: StoreServerInputs) -> None:
    with connect(inputs.login) as store:
        store.admin.config_set("api", {"root_access": "on" if inputs.root_access else "off"})
