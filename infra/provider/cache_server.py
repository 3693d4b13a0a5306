"""`aqstream:redis:Server`: the settings and system users of a running Redis server."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field

from infra.model.declaration import Declaration
from infra.model.errors import ResourceError
from infra.provider.cache_handover import Watchers, await_following, hand_over
from infra.provider.cache_login import CacheLogin, connect, may_log_in
from infra.provider.lost import is_lost
from infra.provider.resource_type import Created, ResourceType, State
from infra.provider.restart import restart

if TYPE_CHECKING:
    from infra.provider.cache_session import Session

_PATIENCE_SECONDS = 60
_READ_AT_START = frozenset(
    {"aclfile", "databases", "enable-debug-command", "enable-module-command", "enable-protected-configs", "dir"}
)
"""Directives that CONFIG SET refuses or that are protected: a restart takes them from the file."""


class CacheServerInputs(Declaration):
    """`settings`: directive -> value as CONFIG GET prints it. `users`: system user -> rules as ACL LIST prints them.

    `certificate` (PEM) is the one in the server's files; when it changes, the server reads it again.
    `replicationPassword` is what a node of a replicated server logs in to the primary with; `watchers` are its
    Sentinels, and `containerId` says when its container is another one.
    """

    container: str
    login: CacheLogin
    settings: dict[str, str]
    users: dict[str, str]
    certificate: str
    replication_password: str | None = Field(default=None, repr=False)
    watchers: Watchers | None = None
    container_id: str | None = None


class CacheServerType(ResourceType[CacheServerInputs]):
    """The id is the container's name. Changes reach the running server; what it reads only at start restarts it.

    A node of a replicated server hands over before it restarts. Before its container is replaced, this resource is
    deleted, which hands over too; created, it waits until the node follows, so that nodes are renewed one by one.
    """

    token = "aqstream:redis:Server"  # noqa: S105 a type's name
    inputs = CacheServerInputs
    replaced_by: ClassVar[frozenset[str]] = frozenset({"container", "containerId"})

    def create(self, inputs: CacheServerInputs) -> Created:
        _apply(inputs, inputs.login)
        if inputs.watchers is not None:
            await_following(inputs.login, inputs.watchers)
        return Created(inputs.container)

    def update(self, identifier: str, state: State, inputs: CacheServerInputs) -> State:
        before = CacheLogin.model_validate(state["login"])
        login = inputs.login if may_log_in(inputs.login) else before
        if state.get("replicationPassword") and inputs.replication_password is None:
            _stand_alone(inputs.container, login)
        _apply(inputs, login)
        _remove_users(inputs.login, state["users"].keys() - inputs.users.keys())
        if state["certificate"] != inputs.certificate:
            _reload_certificate(inputs)
        return {}

    def delete(self, identifier: str, state: State) -> None:
        if state.get("watchers"):
            hand_over(CacheLogin.model_validate(state["login"]), Watchers.model_validate(state["watchers"]))

    def objection(self, state: State, new: State) -> str:
        """Its container's replacement hands over to a replica, which the same change would remove."""
        if state.get("watchers") and not new.get("watchers") and state.get("containerId") != new.get("containerId"):
            return f"{state['container']} cannot lose its replicas and get another container at once"
        return ""

    def read(self, identifier: str, state: State, inputs: CacheServerInputs) -> State | None:
        if is_lost(inputs.container):
            return None
        with connect(inputs.login) as session:
            return state | {
                "settings": _current(session, inputs),
                "users": {name: rules for name, rules in _listed(session).items() if name in inputs.users},
            }


def _stand_alone(container: str, login: CacheLogin) -> None:
    """Let the last node of a replicated server go on alone; raises ResourceError while another one is primary."""
    with connect(login) as session:
        status = dict(line.split(":", 1) for line in str(session.run("INFO")).splitlines() if ":" in line)
    if status.get("role") != "master":
        raise ResourceError(
            f"{container} follows {status.get('master_host')}, which this change would remove with the newest writes",
            f"keep `replicas`, `docker restart` the container of {status.get('master_host')} until the Sentinels "
            "appoint this one, and run it again",
        )
    restart(container)


def _remove_users(login: CacheLogin, names: Collection[str]) -> None:
    if not names:
        return
    with connect(login, patience=_PATIENCE_SECONDS) as session:
        for name in sorted(names):
            session.run("ACL DELUSER", name)
            session.run("ACL SAVE")


def _apply(inputs: CacheServerInputs, login: CacheLogin) -> None:
    with connect(login, patience=_PATIENCE_SECONDS) as session:
        current = _current(session, inputs)
        wanted = {key: value for key, value in inputs.settings.items() if current.get(key) != value}
        for key in sorted(wanted.keys() - _READ_AT_START):
            session.run("CONFIG SET", key, wanted[key])
        if inputs.replication_password is not None:
            session.run("CONFIG SET", "masterauth", inputs.replication_password)
        _set_users(session, inputs.users)
    if wanted.keys() & _READ_AT_START:
        _renew(inputs)


def _renew(inputs: CacheServerInputs) -> None:
    if inputs.watchers is not None:
        hand_over(inputs.login, inputs.watchers)
    restart(inputs.container)
    with connect(inputs.login, patience=_PATIENCE_SECONDS) as session:
        session.run("PING")
    if inputs.watchers is not None:
        await_following(inputs.login, inputs.watchers)


def _current(session: Session, inputs: CacheServerInputs) -> dict[str, str]:
    return {key: str(value) for key, value in session.pairs("CONFIG GET", *inputs.settings).items()}


def _listed(session: Session) -> dict[str, str]:
    lines = (line.split(" ", 2) for line in session.run("ACL LIST"))
    return {name: rules for _, name, rules in lines}


def _set_users(session: Session, users: dict[str, str]) -> None:
    """Each in one atomic command, so that nobody, not even this session, is ever half a user."""
    present = _listed(session)
    changed = {name: rules for name, rules in users.items() if present.get(name) != rules}
    for name, rules in changed.items():
        session.run("ACL SETUSER", name, "reset", *rules.split(" "))
    if changed:
        session.run("ACL SAVE")


def _reload_certificate(inputs: CacheServerInputs) -> None:
    """Setting the path anew makes Redis read the file again; connections that are open go on."""
    with connect(inputs.login) as session:
        keys: list[Any] = [part for key in ("tls-key-file", "tls-cert-file") for part in (key, inputs.settings[key])]
        session.run("CONFIG SET", *keys)
