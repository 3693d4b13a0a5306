"""What a node does before it becomes Patroni."""

import docker
import pytest

pytestmark = pytest.mark.docker
STARTED = "mkdir restore-check; timeout --signal=KILL 5 aqstream-node >/dev/null 2>&1; ls"


def test_the_copy_that_a_killed_restore_check_left_is_gone(image: str) -> None:
    """The node may be a replica by now, and only a primary's next check would take it away."""
    left = docker.from_env().containers.run(
        image, entrypoint=["sh", "-c", STARTED], working_dir="/var/lib/postgresql", remove=True
    )
    assert left == b""
