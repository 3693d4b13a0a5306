"""One PostgreSQL server with every service's schema, and as many databases like it as tests want.

def test_something(postgres: PostgresServer) -> None:
    with postgres.session("event_service_app") as connection: ...
def test_that_changes_the_schema(postgres: PostgresServer) -> None:
    with postgres.fresh() as database, postgres.session("event_service_migrator", database) as connection: ...
"""

import secrets
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest
from docker.types import Mount
from psycopg import sql
from psycopg.conninfo import make_conninfo

from infra.components.postgres_settings import pg_hba_conf, settings
from infra.model.limits import Limits
from infra.model.loading import load_services
from infra.model.service import Service
from infra.model.stack import Instance
from infra.model.tenancy import InstanceTenancy, TenantContext
from infra.model.tenant_token import SigningKey
from infra.provider.x509 import private_key_pem, signed
from sql.apply import apply
from sql.bootstrap import bootstrap
from sql.render import render_changelog
from sql.roles import DATABASE, instance_logins
from sql.scram import scram_verifier
from sql.signing_key import place
from tests.servers.container import Authority, RunningServer, running

PORT = 5432
SUPERUSER = "postgres"
BARE = "template_bare"
APPLIED = "template_applied"
_FAST = {"fsync": "off", "max_connections": "300", "max_prepared_transactions": "10", "log_statement": "none"}
_START_SECONDS = 60


@dataclass(frozen=True)
class PostgresServer:
    """A running server; `folder` holds what libpq wants as files."""

    server: RunningServer
    services: Mapping[str, Service]
    instance: Instance
    passwords: Mapping[str, str]
    folder: Path
    signing_key: SigningKey = field(default_factory=lambda: SigningKey.of(secrets.token_hex(20)))

    @property
    def tenant_context(self) -> TenantContext:
        """How its sessions say whose rows they are about."""
        return self.instance.tenancy.context

    def dsn(self, role: str, database: str = DATABASE) -> str:
        """How the role connects to the database, over TLS verified against the server's authority."""
        tls = {"sslmode": "verify-full", "sslrootcert": str(self.folder / "authority.crt")}
        if role == SUPERUSER:
            tls |= {"sslcert": str(self.folder / "client.crt"), "sslkey": str(self.folder / "client.key")}
        return make_conninfo(
            "",
            host="localhost",
            port=self.server.port,
            user=role,
            password=self.passwords[role],
            dbname=database,
            **tls,
        )

    def session(self, role: str, database: str = DATABASE, autocommit: bool = True) -> psycopg.Connection:
        """A session of the role; use it as a context manager."""
        return psycopg.connect(self.dsn(role, database), autocommit=autocommit, connect_timeout=10)

    def admin(self, database: str = DATABASE) -> psycopg.Connection:
        """A session of the superuser."""
        return self.session(SUPERUSER, database)

    @contextmanager
    def fresh(self, applied: bool = True) -> Iterator[str]:
        """The name of a new database, dropped afterwards: every changelog applied, or nothing but the bootstrap."""
        name = f"t_{secrets.token_hex(6)}"
        self._copy(APPLIED if applied else BARE, name)
        try:
            with self.admin("postgres") as admin:
                # A copy does not take the privileges on the database with it.
                admin.execute(_RESTRICT.format(sql.Identifier(name), self._logins(), self._owners()))
            yield name
        finally:
            with self.admin("postgres") as admin:
                admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    def prepare(self) -> None:
        """Bootstrap the database `aqstream`, apply everything, and keep a template of each state."""
        verifiers = {role: scram_verifier(self.passwords[role]) for role in instance_logins(self.services.values())}
        bootstrap(self.admin, self.instance, "test", self.services.values(), verifiers)
        if self.instance.tenancy.is_signed:
            with self.admin() as admin:
                place(admin, self.signing_key, self.instance.tenancy.key_overlap)
        self.keep(BARE)
        for service in self.services.values():
            with self.session(service.migrator) as connection:
                apply(connection, render_changelog(service, tenant_context=self.tenant_context))
        self.keep(APPLIED)

    def _copy(self, source: str, target: str) -> None:
        with self.admin("postgres") as admin:
            admin.execute(_COPY.format(sql.Identifier(target), sql.Identifier(source)))

    def keep(self, template: str) -> None:
        """Copy `aqstream` as it is now, while TimescaleDB's scheduler, which always comes back, is kept out of it."""
        with self.admin("postgres") as admin:
            admin.execute(_CLOSE.format(sql.Identifier(DATABASE), sql.SQL("false")))
            admin.execute("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s", [DATABASE])
            admin.execute(_COPY.format(sql.Identifier(template), sql.Identifier(DATABASE)))
            admin.execute(_CLOSE.format(sql.Identifier(template), sql.SQL("false")))
            admin.execute(_CLOSE.format(sql.Identifier(DATABASE), sql.SQL("true")))

    def _owners(self) -> sql.Composed:
        return sql.SQL(", ").join(sql.Identifier(service.owner) for service in self.services.values())

    def _logins(self) -> sql.Composed:
        return sql.SQL(", ").join(map(sql.Identifier, instance_logins(self.services.values())))


_COPY = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy")
_CLOSE = sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS {}")
_RESTRICT = sql.SQL(
    "REVOKE ALL ON DATABASE {0} FROM PUBLIC; GRANT CONNECT ON DATABASE {0} TO {1}; GRANT TEMP ON DATABASE {0} TO {2}"
)


@contextmanager
def running_postgres(
    services: Mapping[str, Service] | None = None,
    settings_over: Mapping[str, str] | None = None,
    fast: bool = True,
    audit: bool = False,
    tenant_context: TenantContext = "plain",
) -> Iterator[PostgresServer]:
    """Start a server as the dev stack configures it.

    `fast` keeps the data in memory and gives up durability. `audit` brings pgaudit instead of TimescaleDB: no
    instance can have both.
    """
    services = load_services() if services is None else services
    instance = Instance(
        port=PORT,
        limits=Limits.model_validate({"memory": "1GiB", "cpus": 2}),
        extensions=() if audit else ("timescaledb",),
        audit=audit,
        tenancy=InstanceTenancy(context=tenant_context),
        settings={**(_FAST if fast else {}), **(settings_over or {})},
    )
    authority = Authority()
    passwords = {role: secrets.token_hex(20) for role in [SUPERUSER, *instance_logins(services.values())]}
    with tempfile.TemporaryDirectory() as folder:
        certificate, key = authority.issue()
        _write_client_files(Path(folder), authority)
        files = {
            "postgresql.conf": "".join(f"{name} = '{value}'\n" for name, value in settings(instance).items()),
            "pg_hba.conf": pg_hba_conf() + "hostssl all all all scram-sha-256\n",
            "tls/authority.crt": authority.certificate,
            "tls/server.crt": certificate,
            "tls/server.key": key,
            "secrets/superuser-password": passwords[SUPERUSER],
        }
        with running("postgres", PORT, files, **_container(in_memory=fast)) as server:
            found = PostgresServer(server, services, instance, passwords, Path(folder))
            _wait(found)
            yield found


def _container(*, in_memory: bool) -> dict[str, Any]:
    tmpfs = {"/run/postgresql": "uid=999,gid=999,size=1m", "/tmp": "size=256m"}  # noqa: S108 the container's own
    if in_memory:
        tmpfs["/var/lib/postgresql"] = "uid=999,gid=999,mode=0700,size=6g"
    mounts = [] if in_memory else [Mount("/var/lib/postgresql", source=None, type="volume")]
    return {"tmpfs": tmpfs, "mounts": mounts, "mem_limit": "8g", "shm_size": "256m", "stop_signal": "SIGINT"}


def _write_client_files(folder: Path, authority: Authority) -> None:
    key = private_key_pem()
    certificate = signed(key, authority.request(common_name=SUPERUSER, usage="client"))
    for name, text in {"authority.crt": authority.certificate, "client.crt": certificate, "client.key": key}.items():
        (folder / name).write_text(text)
        (folder / name).chmod(0o600)


def _wait(server: PostgresServer) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while True:
        try:
            server.admin("postgres").close()
        except psycopg.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """The shared server with everything applied in `aqstream`; tests leave that database and the roles as they are."""
    with running_postgres() as server:
        server.prepare()
        yield server


@pytest.fixture(scope="session")
def signed_postgres() -> Iterator[PostgresServer]:
    """The same with a signed tenant context on the instance."""
    with running_postgres(tenant_context="signed") as server:
        server.prepare()
        yield server
