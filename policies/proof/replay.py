"""Runs a counterexample on the real server, in a transaction that is rolled back.

The connection is a superuser's: it plants rows past every policy, then becomes the login with SET SESSION
AUTHORIZATION, which PostgreSQL treats like a login of that role.
"""

from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

from policies.facts.catalog import Catalog
from policies.proof.obligation import PlantedRow, Witness
from policies.proof.script import Samples, Script

_LIMITS = ("SET LOCAL lock_timeout = '1s'", "SET LOCAL statement_timeout = '10s'")
_PAST_TRIGGERS = "SET LOCAL session_replication_role = replica"
_WITH_TRIGGERS = "SET LOCAL session_replication_role = origin"


@dataclass(frozen=True)
class Replay:
    """Whether the leak showed, the SQL to see it again, and what PostgreSQL said."""

    confirmed: bool
    script: tuple[str, ...]
    outcome: str


def replay(connection: "psycopg.Connection[Any]", catalog: Catalog, witness: Witness, samples: Samples) -> Replay:
    """Run the witness and roll everything back. The connection is outside of any transaction."""
    run = _Run(connection, Script(witness, catalog, samples), ["BEGIN"])
    try:
        with connection.transaction(force_rollback=True):
            confirmed, outcome = run.everything()
    except psycopg.Error as error:
        confirmed, outcome = False, f"{error.sqlstate}: {error.diag.message_primary}"
    return Replay(confirmed, (*run.log, "ROLLBACK"), outcome)


@dataclass
class _Run:
    connection: "psycopg.Connection[Any]"
    script: Script
    log: list[str]

    def everything(self) -> tuple[bool, str]:
        witness = self.script.witness
        for limit in _LIMITS:
            self._execute(sql.SQL(limit))
        self._plant(witness.others)
        if witness.statement:
            return self._statement(witness)
        if witness.command == "SELECT":
            return self._difference(witness)
        if witness.command == "KEY":
            return self._answers(witness)
        self._plant((witness.target,) if witness.target else ())
        self._become()
        touched = self._execute(self.script.attack()).rowcount
        return touched > 0, f"{witness.command} touched {touched} row(s)"

    def _statement(self, witness: Witness) -> tuple[bool, str]:
        self._plant((witness.target,) if witness.target else ())
        self._become()
        self._execute(self.script.attack())
        if witness.target is None:
            return True, f"{witness.statement.split(maxsplit=1)[0]} was accepted"
        seen = self._execute(self.script.observe()).fetchone()
        return bool(seen and seen[0]), f"then {seen[0] if seen else 0} foreign row(s) are visible"

    def _difference(self, witness: Witness) -> tuple[bool, str]:
        before = self._look()
        self._plant((witness.target,) if witness.target else ())
        after = self._look()
        return before != after, f"the session sees {before} without the foreign row and {after} with it"

    def _answers(self, witness: Witness) -> tuple[bool, str]:
        before = self._tried()
        self._plant((witness.target,) if witness.target else ())
        after = self._tried()
        return before != after, f"the INSERT ends with {before} without the foreign row and with {after} beside it"

    def _tried(self) -> str:
        self._become()
        self.log.append("SAVEPOINT asked")
        try:
            with self.connection.transaction(force_rollback=True):
                self._execute(self.script.attack())
                answer = "success"
        except psycopg.IntegrityError as error:
            answer = f"{error.sqlstate} {error.diag.constraint_name}"
        self.log.append("ROLLBACK TO asked")
        self._execute(sql.SQL("RESET SESSION AUTHORIZATION"))
        return answer

    def _look(self) -> Any:
        if self.script.witness.refreshed_with is not None:
            for statement in self.script.refresh():
                self._execute(statement)
            self._execute(sql.SQL("RESET ROLE"))
        self._become()
        seen = self._execute(self.script.observe()).fetchone()
        self._execute(sql.SQL("RESET SESSION AUTHORIZATION"))
        return seen[0] if seen and len(seen) == 1 else seen

    def _become(self) -> None:
        for statement in self.script.become():
            self._execute(statement)

    def _plant(self, rows: tuple[PlantedRow, ...]) -> None:
        if rows:
            self._execute(sql.SQL(_PAST_TRIGGERS))
            for row in rows:
                self._execute(self.script.plant(row))
            self._execute(sql.SQL(_WITH_TRIGGERS))

    def _execute(self, statement: sql.Composable) -> "psycopg.Cursor[Any]":
        self.log.append(statement.as_string(self.connection))
        return self.connection.execute(statement)  # type: ignore[call-overload,no-any-return]
