"""Changes to a PostgreSQL instance, as its superuser."""

import time
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any, ClassVar

import psycopg
from pglast import split

from infra.model.errors import CannotCheck
from infra.model.service import Service
from policies.mutants.changes.changes import Changes
from policies.mutants.variables import variables
from policies.proof.admin import superuser

DATABASE = "aqstream"
_RELOADED_WITHIN = 10
_PASSWORDS = "SELECT rolname, rolpassword FROM pg_authid WHERE rolpassword IS NOT NULL"
_LOADED_AT = "SELECT pg_conf_load_time()"


@dataclass
class PostgresChanges(Changes):
    """Each step is one statement; sessions are kept for the next mutant."""

    on_replica: ClassVar[bool] = False
    sessions: dict[str, "psycopg.Connection[Any]"] = field(default_factory=dict)
    values: dict[str, dict[str, str]] = field(default_factory=dict)
    held: ExitStack = field(default_factory=ExitStack)

    def steps(self, text: str) -> Iterable[str]:
        """Each statement apart: ALTER SYSTEM and others refuse to run with company."""
        return split(text)

    def step(self, where: str, text: str) -> None:
        """One statement; a reload has happened when it returns."""
        session = self.session(where)
        if "pg_reload_conf" in text:
            _reload(session, text)
        else:
            session.execute(text.encode())

    def session(self, instance: str) -> "psycopg.Connection[Any]":
        """The superuser's session of an instance; one that a restart has ended is opened again."""
        if instance not in self.sessions or not _answers(self.sessions[instance]):
            self.sessions[instance] = self._opened(instance)
        return self.sessions[instance]

    def _opened(self, instance: str) -> "psycopg.Connection[Any]":
        """A session on the node that takes writes, or on one that does not."""
        for node in self.ground.intent.stack.instances[instance].nodes(instance):
            session = self.held.enter_context(superuser(self.ground.physical(node), DATABASE))
            if session.execute("SELECT pg_is_in_recovery()").fetchall() == [(self.on_replica,)]:
                return session
        raise CannotCheck(
            f"{instance} has no {'replica' if self.on_replica else 'primary'}", "docker ps shows its nodes"
        )

    def close(self) -> None:
        """End the sessions."""
        self.sessions.clear()
        self.held.close()

    def variables(self, where: str, known: Mapping[str, Any]) -> Mapping[str, str]:
        """The names on an instance, and what has to be put back as it was."""
        if where not in self.values:
            passwords = dict(self.session(where).execute(_PASSWORDS).fetchall())
            self.values[where] = variables(known[where], self._home(where), passwords)
        return self.values[where]

    def _home(self, where: str) -> Service:
        """The first service on an instance whose rows have tenants."""
        services = self.ground.intent.services_on(where)
        return next(each for each in services if any(table.is_tenant_scoped for table in each.tables.values()))


def _answers(session: "psycopg.Connection[Any]") -> bool:
    try:
        session.execute("SELECT")
    except psycopg.OperationalError:
        return False
    return True


def _reload(session: "psycopg.Connection[Any]", text: str) -> None:
    """The server tells its sessions after it has read its files, so a session that knows is the last to know."""
    before = session.execute(_LOADED_AT).fetchone()
    session.execute(text.encode())
    deadline = time.monotonic() + _RELOADED_WITHIN
    while session.execute(_LOADED_AT).fetchone() == before:
        if time.monotonic() > deadline:
            raise CannotCheck("the server does not read its files again", "see its log")
        time.sleep(0.005)
