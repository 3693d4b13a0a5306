"""The roles of an instance: what each may be and how long it may take."""

from collections.abc import Iterable
from dataclasses import dataclass

from infra.model.service import Service
from infra.model.stack import Instance

DATABASE = "aqstream"
VERIFIER = "verifier"
BACKUP = "backup"
EXTENSION_SCHEMA = "extensions"
TENANT_CONTEXT_OWNER = "tenant_context_owner"


def search_path(schema: str) -> str:
    """What unqualified names mean to a service; `pg_temp` comes last, so that nothing there shadows a table."""
    return f"{schema}, {EXTENSION_SCHEMA}, pg_temp"


@dataclass(frozen=True)
class Role:
    """A role with its settings; `connection_limit` 0 is a role that cannot log in."""

    name: str
    connection_limit: int
    settings: dict[str, str]

    @property
    def may_log_in(self) -> bool:
        """Whether the role is an account."""
        return self.connection_limit > 0


def service_roles(service: Service) -> tuple[Role, ...]:
    """Owner, migrator, app and readonly, with search path, timeouts and connection limits.

    The limits of the three services that share an instance, verifier's and backup's stay below PostgreSQL's
    default of 100 connections. The migrator's sessions start as the owner, also Liquibase's.
    """
    path = {"search_path": search_path(service.schema_name)}
    return (
        Role(service.owner, 0, {}),
        Role(service.migrator, 4, path | {"role": service.owner} | _timeouts("15min", "5s", "5min")),
        Role(service.app, 20, path | _timeouts("30s", "5s", "30s") | service.settings),
        Role(service.readonly, 5, path | _timeouts("60s", "5s", "60s") | {"default_transaction_read_only": "on"}),
    )


def shared_roles() -> tuple[Role, ...]:
    """The roles that every instance has whatever services it holds."""
    nowhere = {"search_path": "pg_catalog, pg_temp"}
    return (
        Role(VERIFIER, 5, nowhere | _timeouts("30s", "5s", "30s") | {"default_transaction_read_only": "on"}),
        Role(BACKUP, 4, nowhere | _timeouts("0", "10s", "0")),
    )


def instance_roles(services: Iterable[Service]) -> tuple[Role, ...]:
    """Every role of an instance that holds these services; the superuser apart."""
    return tuple(role for service in services for role in service_roles(service)) + shared_roles()


def context_roles(instance: Instance) -> tuple[Role, ...]:
    """Who owns the keys of a signed tenant context: nobody may log in as it or become it."""
    return (Role(TENANT_CONTEXT_OWNER, 0, {}),) if instance.tenancy.is_signed else ()


def instance_logins(services: Iterable[Service]) -> tuple[str, ...]:
    """The names that need a password."""
    return tuple(role.name for role in instance_roles(services) if role.may_log_in)


def _timeouts(statement: str, lock: str, idle_in_transaction: str) -> dict[str, str]:
    return {
        "statement_timeout": statement,
        "lock_timeout": lock,
        "idle_in_transaction_session_timeout": idle_in_transaction,
    }
