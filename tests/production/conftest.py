"""A stack of which two instances have two replicas each: one synchronous, one not."""

from collections.abc import Iterator

import pytest

from tests.production.cluster import Replicated, wait_for
from tests.production.trial import HEAL_SECONDS, INSTANCES
from tests.servers.stack import StackUnderTest, stack


@pytest.fixture(scope="session")
def production(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StackUnderTest]:
    """It is deployed; a test that changes its settings puts them back."""
    with stack(tmp_path_factory.mktemp("production"), "t-prod") as made:
        made.replicate(INSTANCES, 2)
        made.configure()
        up = made.command("up", "--skip-verify", timeout=600)
        assert up.returncode == 0, up.stderr
        yield made


@pytest.fixture(params=INSTANCES)
def instance(request: pytest.FixtureRequest, production: StackUnderTest) -> Replicated:
    """Each of the two."""
    return Replicated(production, request.param, INSTANCES[request.param], 3)


@pytest.fixture
def user(production: StackUnderTest) -> Replicated:
    """The asynchronous one, whole."""
    found = Replicated(production, "postgres-user", INSTANCES["postgres-user"], 3)
    wait_for(found.is_whole, HEAL_SECONDS, "whole cluster")
    return found
