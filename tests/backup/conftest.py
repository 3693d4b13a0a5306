"""A deployed stack whose backups tests may damage."""

from collections.abc import Iterator

import pytest

from tests.servers.stack import StackUnderTest, stack


@pytest.fixture(scope="module")
def backed_up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StackUnderTest]:
    with stack(tmp_path_factory.mktemp("backed-up"), "tb") as made:
        up = made.command("up", "--skip-verify")
        assert up.returncode == 0, up.stderr
        yield made
