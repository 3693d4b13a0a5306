"""A cluster that was made anew under a stanza's name: the stanza's resource lets it in, and its WAL begins a window."""

from collections.abc import Iterator
from contextlib import contextmanager

import docker
import pytest
from docker.models.containers import Container

from infra.provider.stanza import StanzaInputs, StanzaType
from tests.backup.on_stack import INSTANCE, archive, await_full, execute, make_full, query, window, write_rows
from tests.backup.test_in_place import await_server
from tests.servers.stack import StackUnderTest

pytestmark = [pytest.mark.docker, pytest.mark.long]
HOME = "/var/lib/postgresql"


@contextmanager
def another_cluster(stack: StackUnderTest) -> Iterator[None]:
    """The instance serves an empty cluster; its own comes back afterwards."""
    container = stack.container(INSTANCE)
    moved_while_down(container, f"mv {HOME}/data {HOME}/first")
    await_server(stack)
    query(stack, "CREATE ROLE backup LOGIN SUPERUSER")
    try:
        yield
    finally:
        moved_while_down(container, f"rm -rf {HOME}/data && mv {HOME}/first {HOME}/data")
        await_server(stack)


def moved_while_down(container: Container, script: str) -> None:
    container.stop(timeout=60)
    volume = {f"{container.name}-data": {"bind": HOME, "mode": "rw"}}
    image = container.attrs["Image"]
    docker.from_env().containers.run(image, [script], entrypoint=["sh", "-c"], volumes=volume, remove=True)
    container.start()


def establish(stack: StackUnderTest) -> None:
    name = stack.container(INSTANCE).name
    StanzaType().update(INSTANCE, {}, StanzaInputs(container=name, stanza=INSTANCE, settings={}))


def segment(stack: StackUnderTest) -> str:
    """The WAL segment that is being written; the server archives it when it stops."""
    return query(stack, "SELECT pg_walfile_name(pg_current_wal_lsn())")


def test_a_new_cluster_is_let_in_and_what_the_old_one_left_is_not_taken_for_its_own(breakable: StackUnderTest) -> None:
    await_full(breakable)
    write_rows(breakable, "old", 1)
    archive(breakable)
    following = f"{int(segment(breakable), 16) + 1:024X}"
    with another_cluster(breakable):
        refused = breakable.command("backup", "check", "-i", INSTANCE)
        assert refused.returncode == 4, refused.stdout
        assert "stanza-upgrade" in refused.stderr
        establish(breakable)
        assert breakable.command("backup", "check", "-i", INSTANCE).returncode == 0
        make_full(breakable)
        archive(breakable)
        while segment(breakable) < following:
            archive(breakable)
        found = window(breakable)
        assert len({span["backup"] for span in found["spans"]}) == 1
        assert found["gaps"] == []
    # The last segment that the new cluster archived has the name of the first that the old one archives now.
    establish(breakable)
    make_full(breakable)
    archive(breakable)
    assert execute(breakable, ["pgbackrest", f"--stanza={INSTANCE}", "check"])[0] == 0
    assert query(breakable, "SELECT count(*) FROM public.proof WHERE label = 'old'") == "1"
