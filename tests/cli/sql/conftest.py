"""A stack whose databases are one test server's, as the commands see it."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from cli import console
from cli.main import run
from cli.stack_access import StackAccess
from infra.model.loading import load_intent
from infra.model.stack import Stack
from tests.servers.postgres import PostgresServer, postgres

__all__ = ["postgres"]

Command = Callable[..., tuple[int, str, str]]


def outputs_of(server: PostgresServer, database: str) -> Mapping[str, Any]:
    """What a deployed stack would export; every instance is the same server."""
    endpoint = {"host": "127.0.0.1", "port": server.server.port, "database": database}
    return {
        "endpoints": {name: dict(endpoint) for name in load_intent("dev").stack.instances}
        | {"minio": {"host": "127.0.0.1", "port": 9000}},
        "authority": (server.folder / "authority.crt").read_text(),
        "credentials": {
            service.name: {
                "postgres": {login: server.passwords[login] for login in service.logins},
                "redis": {
                    "username": service.name,
                    "password": "redis-secret",
                    "durable": {"host": "127.0.0.1", "port": 6379},
                },
                "s3": {"accessKey": service.name, "secretKey": "s3-secret"} if service.buckets else None,
            }
            for service in server.services.values()
        },
    }


@pytest.fixture
def database(postgres: PostgresServer) -> Iterator[str]:
    with postgres.fresh() as name:
        yield name


@pytest.fixture
def aqdata(
    postgres: PostgresServer, database: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    """Runs a command line; gives exit code, stdout and stderr."""
    monkeypatch.setattr(StackAccess, "outputs", lambda _self: outputs_of(postgres, database))

    def command(*arguments: str) -> tuple[int, str, str]:
        for terminal in (console.results, console.progress):
            terminal.cache_clear()
        code = run(list(arguments))
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return command


@pytest.fixture
def production(monkeypatch: pytest.MonkeyPatch) -> None:
    """The stack is marked production."""
    declared = load_intent("prod").stack
    monkeypatch.setattr(StackAccess, "declared", property(lambda _self: declared))
    assert isinstance(declared, Stack)
