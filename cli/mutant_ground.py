"""A deployed stack as whoever set it up sees it: the accounts from its state and its outputs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cli.stack_access import StackAccess, opened
from infra.model.availability import ETCD
from infra.model.cache import ROLES, container_name
from infra.model.object_access import backup_user
from policies.mutants.ground import STORE, Ground, Login

_PROVISIONED = ("aqstream:redis:Server", "aqstream:s3:Server")


def ground_of(access: StackAccess) -> Ground:
    """The stack with the accounts that may change it. Raises StackNotFound where it is not deployed."""
    outputs = access.outputs()
    services = dict([*_cache_logins(outputs), *_backup_logins(outputs)])
    return Ground(access.intent, dict(_provisioners(access)), services)


def _provisioners(access: StackAccess) -> Iterator[tuple[str, Login]]:
    for resource in access.engine.export(show_secrets=True)["deployment"]["resources"]:
        if resource["type"] in _PROVISIONED:
            found = opened(resource["inputs"]["login"])
            user, secret = ("username", "password") if "username" in found else ("accessKey", "secretKey")
            login = Login(found["host"], int(found["port"]), found[user], found[secret], found["authority"])
            yield resource["urn"].rpartition("::")[2], login


def _cache_logins(outputs: Mapping[str, Any]) -> Iterator[tuple[tuple[str, str], Login]]:
    for server in map(container_name, ROLES):
        for service, credentials in outputs["credentials"].items():
            if found := credentials.get("redis"):
                yield (server, service), _login(outputs, server, found["username"], found["password"])


def _backup_logins(outputs: Mapping[str, Any]) -> Iterator[tuple[tuple[str, str], Login]]:
    store = outputs["storageCredentials"]["s3"]
    users = {backup_user(instance): found for instance, found in store["backups"].items()}
    users |= {ETCD: store[ETCD]} if ETCD in store else {}
    for user, found in users.items():
        yield (STORE, user), _login(outputs, STORE, found["accessKey"], found["secretKey"])


def _login(outputs: Mapping[str, Any], server: str, user: str, secret: str) -> Login:
    endpoint = outputs["endpoints"][server]
    return Login(endpoint["host"], int(endpoint["port"]), user, secret, outputs["authority"])
