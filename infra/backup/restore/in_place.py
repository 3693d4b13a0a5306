"""Put an instance itself back to a moment.

The backup is fetched beside the running server's data directory. Then the server is stopped, both directories change
places in one step, and recovery runs where no client and no archive sees it: WAL of a recovery that is given up again
would lead every later restore astray. Only a server that came up and was checked takes the instance's place; before
that, whatever goes wrong puts the previous directory back.
"""

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import replace

import docker
from docker.models.containers import Container

from infra.backup.container import execute
from infra.backup.pgbackrest import AFTER_A_PAUSE, PgBackRest
from infra.backup.restore.carry_out import one_restore_at_a_time
from infra.backup.restore.copy import ENGINE_FINISHES_SECONDS, SERVE, CopyOrder, OnProgress
from infra.backup.restore.fetch import Fetch
from infra.backup.restore.recovery import await_promotion
from infra.backup.restore.servers import STOP_SECONDS, Server, Servers, servers_of
from infra.backup.restore.soundness import check_soundness
from infra.backup.restore.space import HINT
from infra.backup.room import DATA, SILENCE_SECONDS, discard
from infra.backup.second_copy import IN_THE_STORE
from infra.host.docker_api import docker_command, engine, place_beside
from infra.host.interruption import undisturbed
from infra.model.errors import Cancelled, ResourceError

_DATA, _FETCHED, _PREVIOUS = (f"{DATA}/{name}" for name in ("data", "data.fetched", "data.before-restore"))
_MARK_NAME = "aqstream-restoring"
_MARK = f"{_DATA}/{_MARK_NAME}"
"""In a restored directory until it was checked; the image's entrypoint refuses to serve one that has it."""
_TURN_SECONDS = 6 * 3600.0
"""The scheduler in the container may be making a backup."""
_STEP_SILENCE_SECONDS = 3600
_EXCHANGE = f"""
rm -rf {DATA}/spool/archive/*/in
touch {_FETCHED}/{_MARK_NAME} && mv --exchange -T {_FETCHED} {_DATA} && mv -T {_FETCHED} {_PREVIOUS}
"""
"""Exchanged in one step: without `data` the entrypoint would make a new cluster.

What an earlier recovery fetched ahead may be another cluster's WAL of the same names.
"""
_PUT_BACK = f"""
for previous in {_PREVIOUS} {_FETCHED}; do
    if [ -e {_MARK} ] && [ -d $previous ]; then mv --exchange -T $previous {_DATA}; fi
done
[ ! -e {_MARK} ] && rm -rf {_FETCHED} && if [ -e {_PREVIOUS}/{_MARK_NAME} ]; then rm -rf {_PREVIOUS}; fi
"""
"""What is put back leaves a directory with the mark in its place; one without is the only copy of what was there."""


def restore_in_place(order: CopyOrder, on_progress: OnProgress) -> None:
    """Raises ResourceError; the instance is then as it was before, unless the message says otherwise."""
    with one_restore_at_a_time(order.stack, order.instance, on_progress):
        servers = servers_of(order.stack, order.instance)
        with _client_beside(servers.primary, SILENCE_SECONDS) as client:
            _InPlace(client, order, servers, on_progress).run()


def _client_beside(server: Server, silence: int = _STEP_SILENCE_SECONDS) -> AbstractContextManager[docker.DockerClient]:
    return engine(f"restore beside {server.container}", timeout=silence, on=server.container)


class _InPlace:
    """`client` is of the engine that has the primary."""

    def __init__(
        self, client: docker.DockerClient, order: CopyOrder, servers: Servers, on_progress: OnProgress
    ) -> None:
        self._client, self._order, self._on_progress = client, order, on_progress
        self._servers, self._name = servers, servers.primary.container
        self._room = replace(order.room, node=servers.primary.files)
        self._one_off = _one_off(servers.primary)
        for server in (servers.primary, *servers.replicas):
            for name in (_one_off(server), _step(server)):
                place_beside(name, server.container)
        self._ran = self._servers.is_running
        self._is_released = False

    def run(self) -> None:
        try:
            self._clear()
            self._require_space()
            self._back_up()
            with self._undone_on_failure():
                self._prepare()
                with undisturbed():
                    self._release()
                    primary = self._servers.start_primary(self._client)
            self._await_served(primary)
            self._confirm()
        except KeyboardInterrupt:
            raise self._interrupted() from None

    def _back_up(self) -> None:
        if self._ran:
            self._require_answer()
            self._on_progress("a backup of what is there")
            PgBackRest(self._name, self._order.instance).back_up("incr", seconds=_TURN_SECONDS)

    def _require_answer(self) -> None:
        if execute(self._name, ["pg_isready", "--quiet"]).code:
            raise ResourceError(
                f"PostgreSQL in {self._name} does not answer, so no backup of it can be taken",
                f"{docker_command(self._name)} stop {self._name}, then the same command, which begins without one",
            )

    def _clear(self) -> None:
        """What an earlier one left."""
        for server in (self._servers.primary, *self._servers.replicas):
            with _client_beside(server) as client:
                discard(client, _one_off(server), _step(server))
            self._in_volume(
                f"[ ! -e {_MARK} ] || ({_PUT_BACK})", f"what a killed restore left is in {_PREVIOUS}", server
            )
        self._in_volume(f"[ ! -e {_PREVIOUS} ]", self._left_by_another())

    def _require_space(self) -> None:
        needed = self._order.plan.space
        look = f"rm -rf {_FETCHED}; free=$(df --output=avail --block-size=1 {DATA} | tail -n 1)"
        refusal = f"a restore takes {needed >> 20} MiB, and the volume of its data has less free."
        self._in_volume(f"{look}; [ $free -ge {needed} ]", refusal, hint=HINT)

    def _prepare(self) -> None:
        self._fetch()
        self._on_progress("stop the server")
        self._servers.stop()
        self._in_volume(_EXCHANGE, "the data directories could not change places")
        self._recover()

    def _fetch(self) -> None:
        # pgBackRest's restore empties the stanza's spool, in which the running server's archiving has its notes.
        options = [
            f"--pg1-path={_FETCHED}",
            "--spool-path=/tmp/restore-spool",
            f"--recovery-option=restore_command={self._restore_command}",
            *self._order.plan.options,
        ]
        fetch = Fetch(self._room, self._one_off, self._servers.primary.volume)
        fetch.run(self._client, options, self._on_progress)

    @property
    def _restore_command(self) -> str:
        """Timelines that the store knows are taken too: the restored server is to archive its own one there."""
        command = f'pgbackrest --stanza={self._order.instance} archive-get %f "%p"'
        if self._order.second_copy is None:
            return command
        return f"{command} || case %f in *.history) {IN_THE_STORE} {command};; *) exit 1;; esac"

    def _recover(self) -> None:
        self._on_progress("recover")
        command = [*SERVE, "--archive-command="]
        server = self._room.start(
            self._client, self._one_off, command, self._servers.primary.volume, stop_signal="SIGINT"
        )
        await_promotion(server, self._order.plan.end)
        self._on_progress("check")
        check_soundness(self._one_off)
        server.stop(timeout=STOP_SECONDS)
        server.remove(force=True)

    def _release(self) -> None:
        for server in self._servers.replicas:
            self._in_volume(f"rm -rf {_DATA}", f"{server.container} cannot be emptied", server)
        self._servers.forget_course()
        self._in_volume(f"rm {_MARK}", "the restored directory cannot be released")
        self._is_released = True

    def _await_served(self, primary: Container) -> None:
        """What it was before is kept, so a server that does not come up can still be exchanged by hand."""
        try:
            await_promotion(primary)
        except ResourceError as error:
            raise ResourceError(
                f"{self._order.instance} is restored, but does not come up; {_PREVIOUS} is kept: {error.message}",
                f"{docker_command(self._name)} logs {self._name}",
            ) from error

    def _confirm(self) -> None:
        """From here on the new timeline may be archived, so there is no way back but another restore."""
        self._on_progress("see its WAL archived")
        try:
            self._back_up_again()
        except ResourceError as error:
            with suppress(ResourceError):
                self._start_replicas()
            raise self._kept("cannot be backed up", error) from error
        try:
            self._start_replicas()
        except ResourceError as error:
            raise self._kept("its replicas do not follow", error) from error
        execute(self._name, ["rm", "-rf", _PREVIOUS])

    def _kept(self, what: str, error: ResourceError) -> ResourceError:
        instance, stack = self._order.instance, self._order.stack.name
        return ResourceError(
            f"{instance} runs restored, but {what}; {_PREVIOUS} is kept: {error.message}",
            f"aqdata backup check -i {instance} --stack {stack}; aqdata status --stack {stack}",
        )

    def _back_up_again(self) -> None:
        program = PgBackRest(self._name, self._order.instance)
        # What was restored may be a former cluster, which the stanza does not know as its own any more.
        program.run_in_turn("stanza-upgrade", seconds=_TURN_SECONDS)
        program.run("check", AFTER_A_PAUSE)
        # The newest backup may be of what was undone, and pgBackRest's own choice would fall on it.
        program.back_up("diff", seconds=_TURN_SECONDS)

    def _start_replicas(self) -> None:
        if self._servers.replicas:
            self._on_progress("make the replicas anew")
        self._servers.start_replicas()

    @contextmanager
    def _undone_on_failure(self) -> Iterator[None]:
        try:
            yield
        except BaseException:
            if not self._is_released:
                with undisturbed():
                    self._put_back()
            raise

    def _put_back(self) -> None:
        try:
            self._on_progress("put back what was there")
        finally:
            self._undo()

    def _interrupted(self) -> Cancelled:
        if not self._is_released:
            return Cancelled(f"Stopped: {self._order.instance} is as it was.", "the same command begins anew")
        backup = f"aqdata backup run --type diff -i {self._order.instance} --stack {self._order.stack.name}"
        names = [server.container for server in self._servers.replicas]
        replicas = " ".join(f"{docker_command(name)} start {name} &&" for name in names)
        return Cancelled(
            f"{self._order.instance} is restored and runs; stopped before it was backed up again. {_PREVIOUS} is kept.",
            f"{replicas} {backup} && {docker_command(self._name)} exec {self._name} rm -r {_PREVIOUS}".strip(),
        )

    def _undo(self) -> None:
        with _client_beside(self._servers.primary) as client:  # the one before may be what failed
            discard(client, self._one_off)
            time.sleep(ENGINE_FINISHES_SECONDS)
            discard(client, self._one_off)
            self._in_volume(_PUT_BACK, f"the previous data could not be put back from {_PREVIOUS}")
            if self._ran:
                self._servers.start(client)

    def _in_volume(self, script: str, refusal: str, server: Server | None = None, hint: str = "") -> None:
        """A step in the volume of a server's data, the primary's by default. Raises ResourceError."""
        beside = server or self._servers.primary
        # Putting things right depends on no folder that may have gone since.
        room = replace(self._room, node=beside.files, second_copy=None)
        with _client_beside(beside) as client:
            try:
                step = room.start(client, _step(beside), ["sh", "-c", script], beside.volume)
                if step.wait()["StatusCode"]:
                    said = step.logs().decode(errors="replace").strip()
                    message = f"{self._order.instance}: {refusal} {said}".strip()
                    raise ResourceError(message, hint or f"{docker_command(beside.container)} logs {beside.container}")
            finally:
                discard(client, _step(beside))

    def _left_by_another(self) -> str:
        return (
            f"{_PREVIOUS} of an earlier restore is still there: that restore was stopped before it saw WAL archived;"
            f" `{docker_command(self._name)} exec {self._name} rm -r {_PREVIOUS}` when it is no longer needed."
        )


def _one_off(server: Server) -> str:
    return f"{server.files}-restore"


def _step(server: Server) -> str:
    return f"{_one_off(server)}-step"
