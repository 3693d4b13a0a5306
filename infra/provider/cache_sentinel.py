"""`aqstream:redis:Sentinel`: a Sentinel that sees the others and every node, with the configuration it was given."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field

from infra.model.declaration import Declaration
from infra.model.errors import ResourceError
from infra.provider.cache_login import CacheLogin, connect
from infra.provider.resource_type import Created, ResourceType, State
from infra.provider.restart import restart

if TYPE_CHECKING:
    from infra.provider.cache_session import Session

_PATIENCE_SECONDS = 90
_POLL_SECONDS = 0.25


class SentinelInputs(Declaration):
    """`configuration` is what lies in its files: path -> text. It is read at the start, so a change restarts it."""

    container: str
    login: CacheLogin
    primary_set: str
    replicas: int
    configuration: dict[str, str] = Field(repr=False)


class SentinelType(ResourceType[SentinelInputs]):
    """The id is the container's name. It is there when it has a quorum and knows every replica."""

    token = "aqstream:redis:Sentinel"  # noqa: S105 a type's name
    inputs = SentinelInputs
    replaced_by: ClassVar[frozenset[str]] = frozenset({"container"})

    def create(self, inputs: SentinelInputs) -> Created:
        _await_quorum(inputs)
        return Created(inputs.container)

    def update(self, identifier: str, state: State, inputs: SentinelInputs) -> State:
        if state["configuration"] != inputs.configuration or state["replicas"] != inputs.replicas:
            restart(inputs.container)
        _await_quorum(inputs)
        return {}


def _await_quorum(inputs: SentinelInputs) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    with connect(inputs.login, patience=_PATIENCE_SECONDS) as session:
        while lacking := _lacking(session, inputs):
            if time.monotonic() > deadline:
                raise ResourceError(
                    f"{inputs.container}: {lacking}", f"docker logs {inputs.container} says what it waits for"
                )
            time.sleep(_POLL_SECONDS)


def _lacking(session: Session, inputs: SentinelInputs) -> str:
    """What keeps it from appointing another primary; empty when nothing does."""
    if (problem := _no_quorum(session, inputs.primary_set)) is not None:
        return problem
    watched = session.pairs("SENTINEL MASTER", inputs.primary_set)
    if watched["flags"] != "master":
        return f"the primary {watched['ip']} is {watched['flags']}"
    replicas = [_pairs(each) for each in session.run("SENTINEL REPLICAS", inputs.primary_set)]
    linked = [each for each in replicas if each["master-link-status"] == "ok"]
    return "" if len(linked) >= inputs.replicas else f"{len(linked)} of {inputs.replicas} replicas follow"


def _no_quorum(session: Session, primary_set: str) -> str | None:
    return session.refusal("SENTINEL CKQUORUM", primary_set)


def _pairs(reply: list[Any]) -> dict[str, str]:
    return dict(zip(reply[::2], reply[1::2], strict=True))
