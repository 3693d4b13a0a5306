"""A stanza is made although something else of pgBackRest is at work there, such as the scheduler's first look."""

import time
from collections.abc import Iterator

import docker
import pytest
from docker.models.containers import Container

from infra.backup.pgbackrest import LOCKED, PgBackRest
from infra.host.progress import silent
from infra.images.build import ensure_images

pytestmark = pytest.mark.docker

_CONFIGURATION = "[global]\\nrepo1-path=/tmp/repo\\nlog-level-file=off\\n[x]\\npg1-path=/tmp/nothing\\n"
_HOLD = "mkdir -p /tmp/pgbackrest; exec 9>/tmp/pgbackrest/x-archive-1.lock; flock 9; sleep {seconds}"


@pytest.fixture
def container() -> Iterator[Container]:
    made = docker.from_env().containers.run(
        ensure_images(["postgres"], silent)["postgres"],
        ["-c", f"printf '{_CONFIGURATION}' > /tmp/c.conf; sleep 120"],
        entrypoint="bash",
        environment={"PGBACKREST_CONFIG": "/tmp/c.conf"},  # noqa: S108 the container's own
        detach=True,
    )
    try:
        yield made
    finally:
        made.remove(force=True, v=True)


def _held(container: Container, seconds: int) -> PgBackRest:
    container.exec_run(["bash", "-c", _HOLD.format(seconds=seconds)], detach=True)
    time.sleep(0.5)
    return PgBackRest(str(container.name), "x")


def test_a_command_waits_for_its_turn(container: Container) -> None:
    assert _held(container, 3).attempt_in_turn("stanza-create", seconds=30).code != LOCKED


def test_it_does_not_wait_for_ever(container: Container) -> None:
    assert _held(container, 60).attempt_in_turn("stanza-create", seconds=1).code == LOCKED
