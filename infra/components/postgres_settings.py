"""`postgresql.conf` and `pg_hba.conf` of an instance, as text."""

from collections.abc import Mapping, Sequence

from infra.components.patroni import REPLICATOR, REWINDER
from infra.components.pgbackrest import BACKUP_ROLE, IDENTITY_MAP
from infra.components.trust import SUPERUSER
from infra.model.stack import Instance

DATABASE = "aqstream"
_MIB = 1 << 20


def settings(instance: Instance) -> dict[str, str]:
    """Every setting that differs from PostgreSQL's default, the instance's own ones last."""
    return _COMMON | _TLS | _LOGGING | _memory(instance) | _preloaded(instance) | instance.settings


def postgresql_conf(instance: Instance, archiving: Mapping[str, str]) -> str:
    """The settings in file form; values are quoted, so any text is safe. Nothing overrides the archiving ones."""
    every = settings(instance) | dict(archiving)
    return "".join(f"{key} = {_quoted(value)}\n" for key, value in sorted(every.items()))


def _quoted(value: str) -> str:
    doubled = value.replace("'", "''")
    return f"'{doubled}'"


def pg_hba_conf(scheduled: Sequence[str] = (), *, replicated: bool = False) -> str:
    """Who may come in: over TLS with SCRAM only; the superuser needs a client certificate as well.

    What no line names is refused, so nothing comes in without TLS or over the socket except the
    container's own postgres user, which pgBackRest runs as and the scheduler, as the `scheduled` logins.
    """
    rows = [
        ("local", "all", SUPERUSER, "", "peer"),
        ("local", "postgres", BACKUP_ROLE, "", f"peer map={IDENTITY_MAP}"),
        *(("local", DATABASE, login, "", f"peer map={IDENTITY_MAP}") for login in scheduled),
        ("hostssl", "all", SUPERUSER, "all", "scram-sha-256 clientcert=verify-full"),
        *(_CLUSTER if replicated else ()),
        ("hostssl", DATABASE, "all", "all", "scram-sha-256"),
    ]
    return "".join("\t".join(cell for cell in row if cell) + "\n" for row in rows)


# The nodes of a cluster, to each other; pg_rewind reads files through its own login.
_CLUSTER = (
    ("hostssl", "replication", REPLICATOR, "all", "scram-sha-256"),
    ("hostssl", "postgres", REWINDER, "all", "scram-sha-256"),
)

_COMMON = {
    "listen_addresses": "*",
    "unix_socket_directories": "/run/postgresql",
    "password_encryption": "scram-sha-256",
    "scram_iterations": "4096",
    "wal_level": "replica",
    "max_connections": "200",
    "superuser_reserved_connections": "5",
    "idle_session_timeout": "0",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "jit": "off",
    "track_io_timing": "on",
    "event_triggers": "on",
    "allow_alter_system": "on",
}

_TLS = {
    "ssl": "on",
    "ssl_cert_file": "/etc/aqstream/tls/server.crt",
    "ssl_key_file": "/etc/aqstream/tls/server.key",
    "ssl_ca_file": "/etc/aqstream/tls/authority.crt",
    "ssl_min_protocol_version": "TLSv1.2",
    "ssl_ciphers": "HIGH:!aNULL:!MD5:!3DES:!SHA1:!kRSA",
    "ssl_prefer_server_ciphers": "on",
}

_LOGGING = {
    "log_destination": "stderr",
    "logging_collector": "off",
    "log_line_prefix": "%m [%p] %q%u@%d/%a %h ",
    "log_connections": "on",
    "log_disconnections": "on",
    "log_lock_waits": "on",
    "log_checkpoints": "on",
    "log_min_duration_statement": "1000",
    "log_min_error_statement": "error",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "log_statement": "ddl",
    "log_error_verbosity": "terse",
}

# PCI DSS 4.0.1, requirement 10.2: who read or changed what; parameters would put card data into the log.
_AUDIT = {
    "pgaudit.log": "read,write,ddl,role,misc_set",
    "pgaudit.log_catalog": "off",
    "pgaudit.log_parameter": "off",
    "pgaudit.log_relation": "on",
}


def _memory(instance: Instance) -> dict[str, str]:
    megabytes = instance.limits.memory // _MIB
    return {
        "shared_buffers": f"{megabytes // 4}MB",
        "effective_cache_size": f"{megabytes * 5 // 8}MB",
        "maintenance_work_mem": f"{max(32, megabytes // 16)}MB",
        "work_mem": "4MB",
        "max_wal_size": "1GB",
        "min_wal_size": "80MB",
        "checkpoint_completion_target": "0.9",
    }


def _preloaded(instance: Instance) -> dict[str, str]:
    libraries = ["pg_stat_statements"]
    extra: dict[str, str] = {}
    if instance.audit:
        libraries.append("pgaudit")
        extra |= _AUDIT
    if "timescaledb" in instance.extensions:
        libraries.insert(0, "timescaledb")
        extra |= {"timescaledb.telemetry_level": "off", "timescaledb.license": "apache"}
    return extra | {"shared_preload_libraries": ", ".join(libraries)}
