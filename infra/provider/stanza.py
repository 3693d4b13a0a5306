"""`aqstream:backup:Stanza`: an instance's place in its backup repository, with archiving that was seen to work."""

from collections.abc import Mapping
from typing import Any, ClassVar

from infra.backup.container import execute, stop
from infra.backup.pgbackrest import AFTER_A_PAUSE, STANZA_EXISTS_OTHERWISE, PgBackRest, failure
from infra.backup.primary import primary_of
from infra.engine.loading import load
from infra.model.declaration import Declaration
from infra.provider.lost import is_lost
from infra.provider.resource_type import Created, ResourceType, State

_TURN_SECONDS = 60.0
"""The scheduler in the container may be at work on the stanza already."""


_WAL = "/var/lib/postgresql/data/pg_wal"
_IDENTIFIER = "SELECT system_identifier FROM pg_control_system()"


class StanzaInputs(Declaration):
    """`settings` are the repository's, so that a change of them is checked; secrets stay in the container's files.

    `store`: the containers of the object store.
    """

    container: str
    replicas: tuple[str, ...] = ()
    stanza: str
    settings: dict[str, str]
    store: tuple[str, ...] = ()

    @property
    def containers(self) -> tuple[str, ...]:
        """All servers of the instance, any of which may be the primary."""
        return (self.container, *self.replicas)


class StanzaType(ResourceType[StanzaInputs]):
    """The id is the stanza's name. Deleting it keeps the backups: `pgbackrest stanza-delete` removes them for good.

    It stops the server: while that shuts down it archives its last WAL, for which the object store has to be there,
    and a stack's destruction removes the store as soon as nothing depends on it.
    """

    token = "aqstream:backup:Stanza"  # noqa: S105 a type's name
    inputs = StanzaInputs
    replaced_by: ClassVar[frozenset[str]] = frozenset({"stanza"})

    def create(self, inputs: StanzaInputs) -> Created:
        _establish(inputs)
        _archive_histories(PgBackRest(primary_of(inputs.containers), inputs.stanza))
        return Created(inputs.stanza)

    def update(self, identifier: str, state: State, inputs: StanzaInputs) -> State:
        _establish(inputs)
        return {}

    def read(self, identifier: str, state: State, inputs: StanzaInputs) -> State | None:
        """None where the server or the store is gone, or where the server is another cluster than the repository's."""
        if is_lost(*inputs.store) or (not inputs.replicas and is_lost(inputs.container)):
            return None
        program = PgBackRest(primary_of(inputs.containers), inputs.stanza)
        cluster = load("infra.backup.restore.recovery:query")(program.container, "postgres", _IDENTIFIER)
        return state if _is_of(program.info(), cluster) else None

    def delete(self, identifier: str, state: State) -> None:
        # The former replicas first: what remains is the primary, and it archives last.
        for container in (*state.get("replicas", ())[::-1], state["container"]):
            stop(str(container))


def _is_of(info: Mapping[str, Any], cluster: str) -> bool:
    return [str(each.get("system-id")) for each in info.get("db", ())][-1:] == [cluster]


def _archive_histories(program: PgBackRest) -> None:
    """Those of the server's timelines that a lost store had: the server archives each once, and none can be restored
    without its own. Those that are there keep their times."""
    listed = execute(program.container, ["find", _WAL, "-name", "*.history", "-printf", "%f\n"]).output.split()
    if not listed:
        return
    cluster, known = (program.info().get("db") or [{}])[-1], program.archive()
    for name in listed:
        if f"{cluster['version']}-{cluster['id']}/{name}" not in known:
            program.run("archive-push", "--no-archive-async", f"{_WAL}/{name}")


def _establish(inputs: StanzaInputs) -> None:
    """Make the stanza or let a new cluster into it, then see a WAL segment arrive in the repository."""
    program = PgBackRest(primary_of(inputs.containers), inputs.stanza)
    made = program.attempt_in_turn("stanza-create", seconds=_TURN_SECONDS)
    if made.code == STANZA_EXISTS_OTHERWISE:
        program.run("stanza-upgrade")
    elif made.code:
        raise failure(inputs.stanza, "stanza-create", made)
    program.run("check", AFTER_A_PAUSE)
