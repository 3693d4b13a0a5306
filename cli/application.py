"""What an application needs to reach a stack as one service: as values, and in three spellings. Pure."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from infra.model.service import Service

MASK = "********"


@dataclass(frozen=True)
class Endpoint:
    """Where a server listens."""

    host: str
    port: int

    def __str__(self) -> str:
        """`127.0.0.1:5433`."""
        return f"{self.host}:{self.port}"


@dataclass(frozen=True)
class KeyPair:
    """A user and its secret."""

    user: str
    secret: str


@dataclass(frozen=True)
class Sentinels:
    """Whom to ask which node of the durable cache takes writes, by the name `primary_set`."""

    primary_set: str
    nodes: tuple[Endpoint, ...]
    login: KeyPair


@dataclass(frozen=True)
class Application:
    """A service's connections; `authority` is the path of the stack's CA certificate.

    `read_only` leads to replicas, `pooled` to the pooler, where the instance has them. `tenant_key` signs its sessions'
    tenants where the instance asks for that. What the service does not use is None.
    """

    service: str
    database: str
    primary: Endpoint
    read_only: Endpoint | None
    pooled: Endpoint | None
    login: KeyPair
    authority: str
    caches: Mapping[str, Endpoint]
    cache_login: KeyPair | None
    sentinels: Sentinels | None
    store: Endpoint | None
    store_login: KeyPair | None
    buckets: tuple[str, ...]
    tenant_key: str | None = None


def application(service: Service, outputs: Mapping[str, Any], authority: str, show_secrets: bool) -> Application:
    """The service's connections from the stack's outputs; secrets are masked unless they are to be shown."""

    def pair(user: str, secret: str) -> KeyPair:
        return KeyPair(user, secret if show_secrets else MASK)

    def login(found: Mapping[str, Any]) -> KeyPair:
        return pair(found["username"], found["password"])

    endpoints, credentials = outputs["endpoints"], outputs["credentials"][service.name]
    postgres = endpoints[service.instance]
    redis, s3 = credentials.get("redis"), credentials.get("s3")
    return Application(
        service=service.name,
        database=postgres["database"],
        primary=_endpoint(postgres),
        read_only=_endpoint(postgres["readOnly"]) if "readOnly" in postgres else None,
        pooled=_endpoint(postgres["pooled"]) if "pooled" in postgres else None,
        login=pair(service.app, credentials["postgres"][service.app]),
        authority=authority,
        caches={role: _endpoint(redis[role]) for role in ("durable", "evictable") if redis and redis.get(role)},
        cache_login=redis and login(redis),
        sentinels=_sentinels(redis["durable"], login(redis["sentinel"])) if redis and redis.get("sentinel") else None,
        store=_endpoint(endpoints["minio"]) if s3 else None,
        store_login=s3 and pair(s3["accessKey"], s3["secretKey"]),
        buckets=tuple(service.buckets) if s3 else (),
        tenant_key=(credentials["tenantKey"] if show_secrets else MASK) if credentials.get("tenantKey") else None,
    )


def _endpoint(found: Mapping[str, Any]) -> Endpoint:
    return Endpoint(found["host"], int(found["port"]))


def _sentinels(durable: Mapping[str, Any], login: KeyPair) -> Sentinels:
    return Sentinels(durable["primarySet"], tuple(map(_endpoint, durable["sentinels"])), login)


def as_json(found: Application) -> str:
    """Nested, for programs."""
    login, cache, store = found.login, found.cache_login, found.store_login
    document: dict[str, Any] = {
        "service": found.service,
        "authority": found.authority,
        "postgres": {
            "database": found.database,
            "primary": vars(found.primary),
            **({"readOnly": vars(found.read_only)} if found.read_only else {}),
            **({"pooled": vars(found.pooled)} if found.pooled else {}),
            "username": login.user,
            "password": login.secret,
            "sslmode": "verify-full",
        },
    }
    if found.tenant_key:
        document["postgres"]["tenantKey"] = found.tenant_key
    if cache:
        servers = {role: vars(endpoint) for role, endpoint in found.caches.items()}
        document["redis"] = servers | {"username": cache.user, "password": cache.secret, "tls": True}
    if asked := found.sentinels:
        nodes = {"primarySet": asked.primary_set, "nodes": [vars(node) for node in asked.nodes]}
        document["redis"]["sentinel"] = nodes | {"username": asked.login.user, "password": asked.login.secret}
    if store and found.store:
        keys = {"accessKey": store.user, "secretKey": store.secret}
        document["s3"] = {"endpoint": _url(found.store), "buckets": list(found.buckets), **keys}
    return json.dumps(document, indent=2)


def as_dotenv(found: Application) -> str:
    """`KEY=value` lines; PG* are libpq's own names, so psql and psycopg need nothing else."""
    values = {
        "PGHOST": found.primary.host,
        "PGPORT": found.primary.port,
        "PGDATABASE": found.database,
        "PGUSER": found.login.user,
        "PGPASSWORD": found.login.secret,
        "PGSSLMODE": "verify-full",
        "PGSSLROOTCERT": found.authority,
    }
    for name, beside in (("READ_ONLY", found.read_only), ("POOLED", found.pooled)):
        if beside:
            values[f"AQSTREAM_{name}_ADDRESS"] = str(beside)
    if found.tenant_key:
        values["AQSTREAM_TENANT_KEY"] = found.tenant_key
    for role, endpoint in found.caches.items():
        values[f"REDIS_{role.upper()}_ADDRESS"] = str(endpoint)
    if found.cache_login:
        values |= {
            "REDIS_USERNAME": found.cache_login.user,
            "REDIS_PASSWORD": found.cache_login.secret,
            "REDIS_CA_FILE": found.authority,
        }
    if asked := found.sentinels:
        values |= {
            "REDIS_SENTINELS": ",".join(map(str, asked.nodes)),
            "REDIS_PRIMARY_SET": asked.primary_set,
            "REDIS_SENTINEL_USERNAME": asked.login.user,
            "REDIS_SENTINEL_PASSWORD": asked.login.secret,
        }
    if found.store and found.store_login:
        values |= {
            "S3_ENDPOINT": _url(found.store),
            "S3_BUCKETS": ",".join(found.buckets),
            "AWS_ACCESS_KEY_ID": found.store_login.user,
            "AWS_SECRET_ACCESS_KEY": found.store_login.secret,
            "AWS_CA_BUNDLE": found.authority,
        }
    return "\n".join(f"{name}={value}" for name, value in values.items())


def as_spring(found: Application) -> str:
    """An `application.yaml` for Spring Boot 3: data sources, Redis over a TLS bundle or by its Sentinels, S3."""
    spring: dict[str, Any] = {
        "datasource": _datasource(found, found.primary),
        "ssl": {"bundle": {"pem": {"aqstream": {"truststore": {"certificate": f"file:{found.authority}"}}}}},
    }
    aqstream: dict[str, Any] = {}
    if found.read_only:
        aqstream["read-only"] = _datasource(found, found.read_only, "readOnly=true")
    if found.pooled:
        aqstream["pooled"] = _datasource(found, found.pooled)
    if found.tenant_key:
        aqstream["tenant-key"] = found.tenant_key
    if found.cache_login:
        login = {"username": found.cache_login.user, "password": found.cache_login.secret}
        tls = {"ssl": {"enabled": True, "bundle": "aqstream"}}
        servers = {role: vars(endpoint) | login | tls for role, endpoint in found.caches.items()}
        if found.sentinels:
            servers["durable"] = login | tls | {"sentinel": _sentinel(found.sentinels)}
        spring["data"] = {"redis": next(iter(servers.values()), {})}
        aqstream["redis"] = servers
    if found.store and found.store_login:
        keys = {"access-key": found.store_login.user, "secret-key": found.store_login.secret}
        aqstream["s3"] = {"endpoint": _url(found.store), "path-style": True, "buckets": list(found.buckets), **keys}
    return yaml.dump({"spring": spring, "aqstream": aqstream}, Dumper=_WithoutAliases, sort_keys=False).rstrip("\n")


class _WithoutAliases(yaml.SafeDumper):
    """Writes what occurs twice out twice."""

    def ignore_aliases(self, _value: object) -> bool:
        return True


def _datasource(found: Application, endpoint: Endpoint, *options: str) -> dict[str, str]:
    query = "&".join(("sslmode=verify-full", f"sslrootcert={found.authority}", *options))
    return {
        "url": f"jdbc:postgresql://{endpoint.host}:{endpoint.port}/{found.database}?{query}",
        "username": found.login.user,
        "password": found.login.secret,
    }


def _sentinel(asked: Sentinels) -> dict[str, Any]:
    login = {"username": asked.login.user, "password": asked.login.secret}
    return {"master": asked.primary_set, "nodes": list(map(str, asked.nodes)), **login}


def _url(endpoint: Endpoint) -> str:
    return f"https://{endpoint}"


FORMATS: dict[str, Callable[[Application], str]] = {"dotenv": as_dotenv, "json": as_json, "spring": as_spring}
"""Spelling by the name of its option."""
