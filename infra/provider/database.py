"""`aqstream:postgres:Database`: roles with their passwords, the database, its schemas, extensions and guards."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, ClassVar

from infra.engine.loading import load
from infra.model.declaration import Declaration
from infra.provider.lost import read_from
from infra.provider.postgres_login import Login, connect
from infra.provider.resource_type import Created, ResourceType, State
from sql.render import Bootstrap
from sql.roles import DATABASE
from sql.scram import scram_verifier

if TYPE_CHECKING:
    import psycopg

STARTUP_SECONDS = 90


class DatabaseInputs(Declaration):
    """`cluster` and `database`: idempotent SQL for the database `postgres` and for the instance's own.

    `passwords`: role -> password, secret. `server`: the superuser's login. `container`: a plain server's, in which
    the superuser gets a new password and former replicas are forgotten; a cluster's nodes do the first themselves.
    """

    instance: str
    cluster: str
    database: str
    passwords: dict[str, str]
    server: Login
    container: str = ""


class DatabaseType(ResourceType[DatabaseInputs]):
    """Waits until the server accepts the login, then runs the statements; deleting it leaves the data alone."""

    token = "aqstream:postgres:Database"  # noqa: S105 a type's name
    inputs = DatabaseInputs
    replaced_by: ClassVar[frozenset[str]] = frozenset({"instance"})

    def create(self, inputs: DatabaseInputs) -> Created:
        _prepare(inputs)
        return Created(inputs.instance)

    def update(self, identifier: str, state: State, inputs: DatabaseInputs) -> State:
        if inputs.container:
            load("infra.provider.superuser:set_deployed_password")(inputs.container, STARTUP_SECONDS)
            load("infra.provider.former_nodes:forget_former_nodes")(inputs.instance, inputs.container)
        _prepare(inputs)
        return {}

    def read(self, identifier: str, state: State, inputs: DatabaseInputs) -> State | None:
        own = inputs.server.model_copy(update={"database": DATABASE})
        return read_from(own, inputs.container, lambda _: state)


def _prepare(inputs: DatabaseInputs) -> None:
    verifiers = {role: scram_verifier(password) for role, password in inputs.passwords.items()}
    with ExitStack() as sessions:

        def session(database: str) -> psycopg.Connection:
            login = inputs.server.model_copy(update={"database": database})
            return sessions.enter_context(connect(login, patience=STARTUP_SECONDS))

        load("sql.bootstrap:prepare")(session, inputs.instance, Bootstrap(inputs.cluster, inputs.database), verifiers)
