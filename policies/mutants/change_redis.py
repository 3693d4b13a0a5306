"""Changes to a cache server: Redis commands as its provisioner, or as a service."""

import shlex
from dataclasses import dataclass, field
from typing import Any

import redis

from policies.mutants.ground import Ground, Login
from policies.mutants.mutant import Mutant


@dataclass
class RedisChanges:
    """A Redis command, `as USER COMMAND`, or `restore USER`, which puts back the ACL from before."""

    ground: Ground
    users: dict[str, list[str]] = field(default_factory=dict)

    def apply(self, mutant: Mutant) -> None:
        """Make the change."""
        where = mutant.change.where
        self.users[where] = self._run(where, ["ACL", "LIST"])
        self._step(where, mutant.change.apply)

    def undo(self, mutant: Mutant) -> None:
        """Take it back."""
        self._step(mutant.change.where, mutant.change.undo)

    def _step(self, where: str, text: str) -> None:
        match shlex.split(text):
            case ["restore", user]:
                line = next(line for line in self.users[where] if line.split(" ")[1] == user)
                self._run(where, ["ACL", "SETUSER", user, "reset", *_rules(line)])
            case ["as", user, *command]:
                _run(self.ground.services[where, user], command)
            case command:
                self._run(where, command)

    def _run(self, where: str, command: list[str]) -> Any:
        return _run(self.ground.provisioners[where], command)

    def maxmemory(self, where: str) -> str:
        """What the server declares for the setting, to put back."""
        found = self._run(where, ["CONFIG", "GET", "maxmemory"])
        return str(dict(found)["maxmemory"] if isinstance(found, dict) else found[1])


def _rules(line: str) -> list[str]:
    """The tokens of an ACL LIST line after `user NAME`; a selector in brackets is one token."""
    tokens: list[str] = []
    for word in line.split(" ")[2:]:
        if tokens and tokens[-1].startswith("(") and not tokens[-1].endswith(")"):
            tokens[-1] += f" {word}"
        else:
            tokens.append(word)
    return tokens


def _run(login: Login, command: list[str]) -> Any:
    client = redis.Redis(
        host=login.host,
        port=login.port,
        username=login.user,
        password=login.secret,
        ssl=True,
        ssl_ca_data=login.authority,
        decode_responses=True,
        socket_timeout=10,
    )
    with client:
        return client.execute_command(*command)  # type: ignore[no-untyped-call]
