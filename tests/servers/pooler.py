"""The platform's PgBouncer before a test's PostgreSQL server, for every database on it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from infra.components.pooler import PORT, RESET, pgbouncer_ini, users_txt
from infra.components.postgres_settings import DATABASE
from infra.model.loading import load_stack
from tests.servers.container import Authority, RunningServer, running
from tests.servers.postgres import PostgresServer


@contextmanager
def pooled(
    server: PostgresServer, authorities: Path, hba: str = "hostssl all all all scram-sha-256", reset: str = RESET
) -> Iterator[RunningServer]:
    """Its port takes clients; `authorities` becomes a file of the server's and the pooler's authority.

    `reset` is what it has a server session do before the next client gets it.
    """
    authority, servers = Authority(), (server.folder / "authority.crt").read_text()
    authorities.write_text(servers + authority.certificate)
    certificate, key = authority.issue()
    files = {
        "pgbouncer.ini": _configuration(server).replace(RESET, reset),
        "pool_hba.conf": f"{hba}\n",
        "secrets/users.txt": users_txt(server.passwords),
        "tls/authority.crt": servers,
        "tls/server.crt": certificate,
        "tls/server.key": key,
    }
    with running("pgbouncer", PORT, files, tmpfs={"/run/pgbouncer": "uid=999,gid=999,size=1m"}) as found:
        yield found


def _configuration(server: PostgresServer) -> str:
    """The platform's own, but for where the server is: it has an address of Docker's default network and no name."""
    server.server.container.reload()
    address = server.server.container.attrs["NetworkSettings"]["IPAddress"]
    text = pgbouncer_ini("postgres", load_stack("dev").availability.pooler)
    return text.replace(f"{DATABASE} = host=postgres", f"* = host={address}").replace("verify-full", "verify-ca")
