"""`aqstream:redis:User`: one ACL user, kept over restarts by ACL SAVE."""

import time
from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import Field

from infra.model.declaration import Declaration
from infra.provider.cache_login import CacheLogin, connect, digest
from infra.provider.lost import is_lost
from infra.provider.resource_type import Created, ResourceType, State

CHANGED_OUTSIDE = "(not the deployed one)"
_PATIENCE_SECONDS = 60


class CacheUserInputs(Declaration):
    """`server`: the provisioner's login, and its `container`.

    Globs in `keys` and `channels`; `commands` such as `get`, `client|id`.

    When `password` changes, the one before stays valid for `passwordOverlap` seconds and is removed by the first
    `up` after that.
    """

    server: CacheLogin
    name: str
    password: str = Field(repr=False)
    password_overlap: int
    keys: tuple[str, ...]
    channels: tuple[str, ...]
    commands: tuple[str, ...]
    enabled: bool = True
    container: str = ""


class CacheUserType(ResourceType[CacheUserInputs]):
    """The id is the user's name. Output `retiring`: the digest and the last second of the password before."""

    token = "aqstream:redis:User"  # noqa: S105 a type's name
    inputs = CacheUserInputs
    replaced_by: ClassVar[frozenset[str]] = frozenset({"name"})
    computed: ClassVar[frozenset[str]] = frozenset({"retiring"})
    renewed: ClassVar[frozenset[str]] = frozenset({"retiring"})

    def create(self, inputs: CacheUserInputs) -> Created:
        _set(inputs, {})
        return Created(inputs.name, {"retiring": {}})

    def update(self, identifier: str, state: State, inputs: CacheUserInputs) -> State:
        retiring = _retiring(state, inputs, time.time())
        _set(inputs, retiring)
        return {"retiring": retiring}

    def read(self, identifier: str, state: State, inputs: CacheUserInputs) -> State | None:
        if is_lost(inputs.container):
            return None
        with connect(inputs.server) as session:
            if identifier not in session.run("ACL USERS"):
                return None
            return state | _seen(session.pairs("ACL GETUSER", identifier), state, inputs)

    def delete(self, identifier: str, state: State) -> None:
        with connect(CacheLogin.model_validate(state["server"])) as session:
            session.run("ACL DELUSER", identifier)
            session.run("ACL SAVE")

    def stale(self, state: State) -> frozenset[str]:
        retiring = state.get("retiring") or {}
        return frozenset({"retiring"}) if retiring and retiring["until"] <= time.time() else frozenset()


def rules(user: CacheUserInputs, digests: tuple[str, ...]) -> list[str]:
    """The ACL SETUSER rules that make the user exactly this, whatever it was before."""
    return [
        "reset",
        "on" if user.enabled else "off",
        "sanitize-payload",
        *(f"#{value}" for value in digests),
        *(f"~{pattern}" for pattern in user.keys),
        *(f"&{pattern}" for pattern in user.channels),
        "-@all",
        *(f"+{command}" for command in user.commands),
    ]


def _retiring(state: State, inputs: CacheUserInputs, now: float) -> dict[str, Any]:
    """Which earlier password stays valid, and until when."""
    if not inputs.password_overlap:
        return {}
    before: dict[str, Any] = state.get("retiring") or {}
    if state["password"] not in (inputs.password, CHANGED_OUTSIDE):
        return {"digest": digest(state["password"]), "until": int(now) + inputs.password_overlap}
    return before if before and before["until"] > now else {}


def _set(inputs: CacheUserInputs, retiring: Mapping[str, Any]) -> None:
    digests = (digest(inputs.password), *([str(retiring["digest"])] if retiring else []))
    with connect(inputs.server, patience=_PATIENCE_SECONDS) as session:
        session.run("ACL SETUSER", inputs.name, *rules(inputs, digests))
        session.run("ACL SAVE")


def _seen(found: Mapping[str, Any], state: State, inputs: CacheUserInputs) -> State:
    allowed = {digest(inputs.password)}
    if state.get("retiring"):
        allowed.add(state["retiring"]["digest"])
    passwords = set(found["passwords"])
    is_ours = digest(inputs.password) in passwords <= allowed and "nopass" not in found["flags"]
    extra = [f"({' '.join(map(str, selector))})" for selector in found["selectors"]]
    return {
        "enabled": "on" in found["flags"],
        "password": inputs.password if is_ours else CHANGED_OUTSIDE,
        "keys": _ordered([_bare(key) for key in found["keys"].split()], inputs.keys),
        "channels": _ordered([_bare(channel) for channel in found["channels"].split()], inputs.channels),
        "commands": _ordered([*_commands(found["commands"].split()), *extra], inputs.commands),
    }


def _bare(pattern: str) -> str:
    """`~a:*` and `&a:*` as they are declared; `%R~a:*` stays as it is."""
    return pattern[1:] if pattern[:1] in "~&" else pattern


def _commands(granted: list[str]) -> list[str]:
    """`+get` as it is declared; what takes rights away stays as it is, except the `-@all` it starts from."""
    return [rule[1:] if rule.startswith("+") else rule for rule in granted if rule != "-@all"]


def _ordered(found: list[str], declared: tuple[str, ...]) -> list[str]:
    """What was found in the declared order, so that only real differences show."""
    rank = {value: index for index, value in enumerate(declared)}
    return sorted(found, key=lambda value: (rank.get(value, len(rank)), value))
