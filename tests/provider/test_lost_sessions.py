"""A server that goes away under a session: whether the last command took effect is not known, and is said so."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from psycopg.errors import UndefinedTable

from infra.host.docker_api import EngineSilent, engine
from infra.model.cache_access import PROVISIONER
from infra.model.errors import OutcomeUnknown, ResourceError
from infra.provider.cache_login import connect as connect_cache
from infra.provider.postgres_login import Login, connect
from sql.roles import DATABASE
from tests.servers.losing_docker import LosingDocker, losing_docker
from tests.servers.postgres import SUPERUSER, PostgresServer
from tests.servers.redis import running_redis

pytestmark = pytest.mark.docker


@pytest.fixture
def login(postgres: PostgresServer) -> Login:
    folder = postgres.folder
    values = {
        "host": "localhost",
        "port": postgres.server.port,
        "database": DATABASE,
        "user": SUPERUSER,
        "password": postgres.passwords[SUPERUSER],
        "authority": (folder / "authority.crt").read_text(),
        "clientCertificate": (folder / "client.crt").read_text(),
        "clientKey": (folder / "client.key").read_text(),
    }
    return Login.model_validate(values)


def test_postgres_ends_the_session(login: Login) -> None:
    with pytest.raises(OutcomeUnknown, match="stopped answering"), connect(login) as session:
        session.execute("SELECT pg_terminate_backend(pg_backend_pid())")


def test_postgres_refuses_a_statement(login: Login) -> None:
    with pytest.raises(UndefinedTable), connect(login) as session:
        session.execute("SELECT * FROM there_is_no_such_table")


def test_postgres_lets_nobody_in(login: Login) -> None:
    refused = login.model_copy(update={"database": "nowhere"})
    with pytest.raises(ResourceError, match="does not let") as caught, connect(refused):
        pass
    assert not isinstance(caught.value, OutcomeUnknown)


def test_redis_dies() -> None:
    def killed() -> None:
        with connect_cache(server.login(PROVISIONER)) as session:
            server.server.container.kill()
            session.run("PING")

    with running_redis("evictable") as server:
        with pytest.raises(OutcomeUnknown):
            killed()
        with pytest.raises(ResourceError) as caught, connect_cache(server.login(PROVISIONER)):
            pass
        assert not isinstance(caught.value, OutcomeUnknown)


@pytest.fixture
def losing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LosingDocker]:
    with losing_docker(tmp_path / "docker.sock") as made:
        monkeypatch.setenv("DOCKER_HOST", made.url)
        yield made


def test_docker_loses_an_answer(losing: LosingDocker) -> None:
    losing.loses = "GET .*/info"
    with pytest.raises(OutcomeUnknown, match="a test"), engine("a test") as client:
        client.info()


def test_docker_is_gone_before_it_is_asked(losing: LosingDocker) -> None:
    def left() -> None:
        with engine("a test") as client:
            client.ping()
            losing.close()
            client.info()

    with pytest.raises(ResourceError, match="a test") as caught:
        left()
    assert not isinstance(caught.value, OutcomeUnknown)
    with pytest.raises(EngineSilent), engine("a test"):
        pass
