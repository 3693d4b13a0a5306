"""PgBouncer before a replicated instance: few server sessions for many clients, transaction by transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_docker as docker

from infra.components.container import CONFIGURATION, Configuration, Server, configured, hardened
from infra.components.postgres_settings import DATABASE
from infra.components.resources import Files
from infra.components.trust import Trust
from infra.model.availability import Pooler, pooler_of
from infra.model.stack import Instance, Stack

PORT = 6432
RESET = "RESET ALL; CLOSE ALL; UNLISTEN *; DISCARD TEMP"
"""Settings, cursors WITH HOLD and temporary tables hold rows of a tenant; plans and prepared statements hold none."""


@dataclass(frozen=True)
class PoolerArgs:
    """`network`: the physical network of the instance's clients; `passwords`: login -> secret, of who may come."""

    stack: Stack
    instance: str
    trust: Trust
    network: pulumi.Input[str]
    image: pulumi.Input[str]
    passwords: Mapping[str, pulumi.Output[str]]

    @property
    def declared(self) -> Instance:
        """The instance."""
        return self.stack.instances[self.instance]


def pooler(args: PoolerArgs, owner: pulumi.Resource, needed: Sequence[pulumi.Resource]) -> docker.Container:
    """The pooler's container; it reaches the primary through the instance's proxy."""
    name, stack = pooler_of(args.instance), args.stack
    server = Server(
        name=name,
        image=args.image,
        networks={"clients": (args.network, [name])},
        ports={PORT: args.declared.pooled_port or 0},
        volumes={},
        configuration=stack.physical(f"{name}-config"),
        limits=stack.availability.pooler.limits,
        healthcheck=("aqstream-pgbouncer-health",),
        stop_signal="SIGINT",
        stop_seconds=5,
        tmpfs={"/run/pgbouncer": "1m"},
    )
    files = _files(args, owner)
    return hardened(server, stack, pulumi.ResourceOptions(parent=owner, depends_on=[files, *needed]))


def _files(args: PoolerArgs, owner: pulumi.Resource) -> Files:
    name = pooler_of(args.instance)
    certificate = args.trust.server(owner, name)
    texts: Mapping[str, pulumi.Input[str]] = {
        "pgbouncer.ini": pgbouncer_ini(args.instance, args.stack.availability.pooler),
        "pool_hba.conf": f"hostssl {DATABASE} all all scram-sha-256\n",
        "secrets/users.txt": pulumi.Output.all(**args.passwords).apply(users_txt),
        "tls/authority.crt": args.trust.authority,
        "tls/server.crt": certificate.certificate,
        "tls/server.key": certificate.privateKey,
    }
    return configured(Configuration(name, args.image, texts, "SIGHUP"), args.stack, owner)


def users_txt(passwords: Mapping[str, str]) -> str:
    """Who may come, in PgBouncer's spelling; it logs in at the server as each of them."""
    doubled = {login: password.replace('"', '""') for login, password in passwords.items()}
    return "".join(f'"{login}" "{password}"\n' for login, password in sorted(doubled.items()))


def pgbouncer_ini(instance: str, declared: Pooler) -> str:
    """A server session is reset after every transaction, so that neither a tenant nor its rows outlive their own.

    While no primary answers, clients wait: a failover is a pause to them and no error, unless they were in the
    middle of a transaction.
    """
    tls = f"{CONFIGURATION}/tls"
    options = {
        "listen_addr": "*",
        "listen_port": str(PORT),
        "unix_socket_dir": "/run/pgbouncer",
        "auth_type": "hba",
        "auth_hba_file": f"{CONFIGURATION}/pool_hba.conf",
        "auth_file": f"{CONFIGURATION}/secrets/users.txt",
        "client_tls_sslmode": "require",
        "client_tls_ca_file": f"{tls}/authority.crt",
        "client_tls_cert_file": f"{tls}/server.crt",
        "client_tls_key_file": f"{tls}/server.key",
        "server_tls_sslmode": "verify-full",
        "server_tls_ca_file": f"{tls}/authority.crt",
        "pool_mode": declared.mode,
        "default_pool_size": str(declared.pool_size),
        "max_client_conn": str(declared.max_clients),
        "max_prepared_statements": "200",
        "server_reset_query": RESET,
        "server_reset_query_always": "1",
        "server_connect_timeout": "3",
        "server_login_retry": "1",
        "query_wait_timeout": "30",
        "dns_max_ttl": "2",
        "ignore_startup_parameters": "extra_float_digits",
        "log_connections": "0",
        "log_disconnections": "0",
        "log_stats": "0",
    }
    lines = "".join(f"{key} = {value}\n" for key, value in options.items())
    return f"[databases]\n{DATABASE} = host={instance} port=5432\n\n[pgbouncer]\n{lines}"
