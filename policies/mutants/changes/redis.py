"""Changes to a cache server: Redis commands as its provisioner, or as a service."""

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import redis

from policies.mutants.changes.changes import Changes
from policies.mutants.ground import Login
from policies.mutants.mutant import Mutant


@dataclass
class RedisChanges(Changes):
    """A Redis command; `as USER COMMAND`; `restore USER`, which puts back the ACL from before."""

    def apply(self, mutant: Mutant) -> None:
        """Make the change, with the users kept as they were."""
        where = mutant.change.where
        self.kept[where, "users"] = self._run(where, ["ACL", "LIST"])
        super().apply(mutant)

    def step(self, where: str, text: str) -> None:
        """One command."""
        match shlex.split(text):
            case ["restore", user]:
                line = next(line for line in self.kept[where, "users"] if line.split(" ")[1] == user)
                self._run(where, ["ACL", "SETUSER", user, "reset", *_rules(line)])
            case ["as", user, *command]:
                _run(self.ground.services[where, user], command)
            case command:
                self._run(where, command)

    def _run(self, where: str, command: list[str]) -> Any:
        return _run(self.ground.provisioners[where], command)

    def variables(self, where: str, known: Mapping[str, Any]) -> Mapping[str, str]:
        """The settings that differ from stack to stack."""
        return {"maxmemory": known[where].settings["maxmemory"]}


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
