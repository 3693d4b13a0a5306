"""`aqstream:postgres:TenantKey`: what an instance with a signed tenant context checks tokens with."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from infra.engine.loading import load
from infra.model.declaration import Declaration
from infra.model.tenant_token import SigningKey
from infra.provider.lost import read_from
from infra.provider.postgres_login import Login, connect
from infra.provider.resource_type import Created, ResourceType, State

if TYPE_CHECKING:
    import psycopg

CHANGED_OUTSIDE = "(not the deployed one)"


class TenantKeyInputs(Declaration):
    """`key`: its id and secret in one, see `SigningKey`. `server`: the superuser's login.

    When the key changes, tokens of the one before stay valid for `overlap` seconds; the server itself ends them.
    `container`: a plain server's, by which a lost one is known.
    """

    instance: str
    key: str = Field(repr=False)
    overlap: int
    server: Login
    container: str = ""


class TenantKeyType(ResourceType[TenantKeyInputs]):
    """The id is the instance's name. Deleting it leaves the keys where no policy asks for them any more."""

    token = "aqstream:postgres:TenantKey"  # noqa: S105 a type's name
    inputs = TenantKeyInputs
    replaced_by: ClassVar[frozenset[str]] = frozenset({"instance"})

    def create(self, inputs: TenantKeyInputs) -> Created:
        _place(inputs)
        return Created(inputs.instance)

    def update(self, identifier: str, state: State, inputs: TenantKeyInputs) -> State:
        _place(inputs)
        return {}

    def read(self, identifier: str, state: State, inputs: TenantKeyInputs) -> State | None:
        def found(admin: psycopg.Connection) -> State:
            is_placed = load("sql.signing_key:is_placed")(admin, SigningKey.of(inputs.key), inputs.overlap)
            return state if is_placed else state | {"key": CHANGED_OUTSIDE}

        return read_from(inputs.server, inputs.container, found)


def _place(inputs: TenantKeyInputs) -> None:
    with connect(inputs.server) as admin:
        load("sql.signing_key:place")(admin, SigningKey.of(inputs.key), inputs.overlap)
