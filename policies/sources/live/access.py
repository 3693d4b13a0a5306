"""How a deployed stack is reached: addresses and passwords, handed in by the command."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from infra.model.errors import CannotCheck
from infra.model.tenant_token import SigningKey
from policies.facts.probes import PRIMARY, Way
from policies.sources.live.query import Connection


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a server listens, and for PostgreSQL which database is meant."""

    host: str
    port: int
    database: str = "aqstream"


@dataclass(frozen=True, slots=True)
class KeyPair:
    """A user and its secret, for the cache or the object store."""

    user: str
    secret: str = field(repr=False)


@dataclass(frozen=True)
class Access:
    """Everything needed to reach one stack. `authority` is a PEM file, `passwords` are by (instance, role).

    `other_ways` are the ways to an instance beside its own endpoint: its pooler, and where it only reads.
    `tenant_keys` are those of the instances whose tenant context is signed, `made` are secrets that are no login's.
    """

    endpoints: Mapping[str, Endpoint]
    authority: Path
    passwords: Mapping[tuple[str, str], str] = field(repr=False, default_factory=dict)
    caches: Mapping[str, Mapping[str, KeyPair]] = field(repr=False, default_factory=dict)
    objects: Mapping[str, KeyPair] = field(repr=False, default_factory=dict)
    other_ways: Mapping[tuple[str, Way], Endpoint] = field(default_factory=dict)
    tenant_keys: Mapping[str, SigningKey] = field(repr=False, default_factory=dict)
    made: frozenset[str] = field(repr=False, default=frozenset())

    @property
    def secrets(self) -> frozenset[str]:
        """Every password and key, to look for where none may stand."""
        pairs = [*self.objects.values(), *(pair for users in self.caches.values() for pair in users.values())]
        signing = (key.secret.decode() for key in self.tenant_keys.values())
        return frozenset({*self.passwords.values(), *(pair.secret for pair in pairs), *signing, *self.made})

    @property
    def listeners(self) -> dict[str, Endpoint]:
        """Everything that listens, by name: `redis`, `postgres-user`, `postgres-user pooled`."""
        return {**self.endpoints, **{f"{name} {way}": found for (name, way), found in self.other_ways.items()}}

    def endpoint(self, name: str) -> Endpoint:
        """Where `name` listens. Raises CannotCheck where the stack has no such output."""
        if name not in self.endpoints:
            raise CannotCheck(f"the stack's outputs name no endpoint '{name}'", "deploy the stack with `aqdata up`")
        return self.endpoints[name]

    def paths(self, instance: str) -> tuple[Way, ...]:
        """Every way to the instance."""
        return (PRIMARY, *(way for name, way in self.other_ways if name == instance))

    def connect(self, instance: str, role: str, path: Way = PRIMARY) -> Connection:
        """A login over verified TLS in autocommit mode. Raises CannotCheck naming instance, role and cause."""
        endpoint = self.endpoint(instance) if path == PRIMARY else self.other_ways[instance, path]
        if (instance, role) not in self.passwords:
            raise CannotCheck(f"{instance}: no password for {role} among the stack's outputs", "run `aqdata up`")
        try:
            return psycopg.connect(
                host=endpoint.host,
                port=endpoint.port,
                dbname=endpoint.database,
                user=role,
                password=self.passwords[instance, role],
                sslmode="verify-full",
                sslrootcert=str(self.authority),
                connect_timeout=10,
                application_name="aqdata verify",
                autocommit=True,
            )
        except psycopg.OperationalError as error:
            raise CannotCheck(f"{instance}: {role} cannot log in: {first_line(error)}", _hint(instance)) from error


def first_line(error: Exception) -> str:
    """What an error says, without its following lines."""
    return str(error).strip().partition("\n")[0]


def _hint(instance: str) -> str:
    return f"check that the container of {instance} is healthy and its password is the deployed one"
