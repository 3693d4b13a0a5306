"""How a command reaches a deployed stack's databases: from the stack's outputs to sessions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg

from infra.host.memory_file import memory_file
from infra.model.errors import CannotCheck, ConfigurationError
from infra.model.intent import Intent
from infra.model.service import Service
from infra.model.tenant_token import SETTING, SigningKey
from infra.provider.postgres_login import Login, connect

_LONGEST_TOKEN = 3_300
"""Seconds; the server accepts tokens for an hour at most, and clocks differ."""


@dataclass(frozen=True)
class Databases:
    """The databases of a deployed stack; `outputs` are the stack's, secrets opened."""

    intent: Intent
    outputs: Mapping[str, Any]

    def service(self, name: str) -> Service:
        """A service by name; raises ConfigurationError with the known ones."""
        return service_named(self.intent.services, name)

    def login(self, service: Service, role: str) -> Login:
        """The role's login on the service's instance. Raises CannotCheck where the outputs do not have it."""
        try:
            endpoint = self.outputs["endpoints"][service.instance]
            return Login(
                host=endpoint["host"],
                port=int(endpoint["port"]),
                database=endpoint["database"],
                user=role,
                password=self.outputs["credentials"][service.name]["postgres"][role],
                authority=self.outputs["authority"],
            )
        except KeyError as error:
            stack = self.intent.stack.name
            raise CannotCheck(
                f"the outputs of stack '{stack}' have no {error} for {role}", f"aqdata up --stack {stack}"
            ) from error

    def tenant_setting(self, service: Service, tenant: UUID) -> tuple[str, str]:
        """Name and value of the setting that makes a session the tenant's, for as long as a token may live.

        Raises CannotCheck where the outputs lack the instance's key.
        """
        if not self.intent.instance_of(service).tenancy.is_signed:
            return "app.tenant_id", str(tenant)
        key = self.outputs["credentials"][service.name].get("tenantKey")
        if key is None:
            stack = self.intent.stack.name
            raise CannotCheck(
                f"the outputs of stack '{stack}' have no tenantKey for {service.name}", f"aqdata up --stack {stack}"
            )
        return SETTING, SigningKey.of(key).token(tenant, lifetime=_LONGEST_TOKEN)

    def session(self, service: Service, role: str) -> AbstractContextManager[psycopg.Connection]:
        """A session in autocommit mode, over TLS verified against the stack's authority."""
        return connect(self.login(service, role))


def service_named(services: Mapping[str, Service], name: str) -> Service:
    """A service by name; raises ConfigurationError with the known ones."""
    if name not in services:
        raise ConfigurationError(f"no service '{name}'", f"known services: {', '.join(services)}")
    return services[name]


def services_named(services: Mapping[str, Service], names: Sequence[str] | None) -> list[Service]:
    """The named services, or all."""
    return [service_named(services, name) for name in names or services]


def psql_command(
    login: Login, setting: tuple[str, str] | None, arguments: Sequence[str]
) -> tuple[list[str], dict[str, str]]:
    """What to execute in place of this process, and the environment it adds; the session starts with the setting.

    Password, authority and setting stay in memory: psql inherits them as open files without a name.
    """
    passfile = memory_file(f"*:*:*:*:{_escaped(login.password)}\n", inherited=True)
    environment = {
        "PGHOST": login.host,
        "PGPORT": str(login.port),
        "PGDATABASE": login.database,
        "PGUSER": login.user,
        "PGSSLMODE": "verify-full",
        "PGSSLROOTCERT": memory_file(login.authority, inherited=True),
        "PGPASSFILE": passfile,
        "PGAPPNAME": "aqdata psql",
    }
    if setting is not None:
        options = memory_file(f"[aqdata]\noptions=-c {setting[0]}={setting[1]}\n", inherited=True)
        environment |= {"PGSERVICE": "aqdata", "PGSERVICEFILE": options}
    return ["psql", *arguments], environment


def _escaped(password: str) -> str:
    return password.replace("\\", "\\\\").replace(":", "\\:")
