"""Deployed stacks with backups: one that tests share, and others that they may damage."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers.postgres import postgres
from tests.servers.stack import StackUnderTest, stack

__all__ = ["postgres"]


@pytest.fixture(scope="session")
def backed_up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StackUnderTest]:
    """Tests leave its repositories whole and its instances running."""
    yield from deployed_in(tmp_path_factory.mktemp("backed-up"))


@pytest.fixture(scope="module")
def breakable(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StackUnderTest]:
    """One module's own."""
    yield from deployed_in(tmp_path_factory.mktemp("breakable"))


def deployed_in(folder: Path) -> Iterator[StackUnderTest]:
    with stack(folder, "tb") as made:
        up = made.command("up", "--skip-verify")
        assert up.returncode == 0, up.stderr
        yield made
