"""Make an instance ready for its services' changelogs, as its superuser and as often as one likes."""

from collections.abc import Callable, Iterable, Mapping

import psycopg
from psycopg import sql

from infra.model.errors import ConfigurationError, ResourceError
from infra.model.service import Service
from infra.model.stack import Instance
from sql.render import Bootstrap, render_bootstrap
from sql.roles import DATABASE, instance_logins
from sql.signing_key import UNLOGGED

Connect = Callable[[str], psycopg.Connection]
"""Opens a superuser's session in the database of that name."""


def bootstrap(
    connect: Connect, instance: Instance, name: str, services: Iterable[Service], verifiers: Mapping[str, str]
) -> None:
    """Roles with their passwords (`verifiers`: SCRAM verifier by role), the database, its schemas and the guard.

    Raises ConfigurationError where a login has no verifier, ResourceError where the server refuses.
    """
    services = list(services)
    logins = instance_logins(services)
    if missing := sorted(set(logins) - set(verifiers)):
        raise ConfigurationError(
            f"{name}: no SCRAM verifier for {', '.join(missing)}", "generate a password for each login"
        )
    prepare(connect, name, render_bootstrap(instance, name, services), {login: verifiers[login] for login in logins})


def prepare(connect: Connect, name: str, statements: Bootstrap, verifiers: Mapping[str, str]) -> None:
    """Run an instance's rendered statements and set its passwords. Raises ResourceError naming the instance."""
    try:
        _prepare(connect, statements, verifiers)
    except psycopg.Error as error:
        raise ResourceError(
            f"{name}: bootstrap failed: {error.diag.message_primary or error}",
            "correct it and run again; it is idempotent",
        ) from error


def _prepare(connect: Connect, statements: Bootstrap, verifiers: Mapping[str, str]) -> None:
    with connect("postgres") as admin:
        admin.autocommit = True
        with admin.transaction():
            admin.execute(statements.cluster.encode())
        _set_passwords(admin, verifiers)
        _create_database(admin)
    with connect(DATABASE) as admin:
        admin.execute(statements.database.encode())


def _set_passwords(admin: psycopg.Connection, verifiers: Mapping[str, str]) -> None:
    with admin.transaction():
        admin.execute(UNLOGGED)
        admin.execute(
            sql.SQL("; ").join(
                sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(login), sql.Literal(verifier))
                for login, verifier in verifiers.items()
            )
        )


def _create_database(admin: psycopg.Connection) -> None:
    if admin.execute("SELECT FROM pg_database WHERE datname = %s", [DATABASE]).fetchone() is None:
        admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))
