"""A stack's outputs as the verifier wants them: where everything listens, and with which logins."""

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from infra.model.errors import CannotCheck
from infra.model.intent import Intent
from infra.model.tenant_token import SigningKey
from policies.facts.probes import Way
from policies.sources.live.access import Access, Endpoint, KeyPair

_OUTPUTS: dict[Way, str] = {"pooled": "pooled", "replica": "readOnly"}
"""The ways to an instance beside its own endpoint, and what its outputs call them."""
_REQUIRED = ("endpoints", "authority", "credentials", "instanceCredentials")


@contextmanager
def verifier_access(intent: Intent, values: Mapping[str, Any], made: frozenset[str] = frozenset()) -> Iterator[Access]:
    """Access to the deployed stack; its authority lies in a file for as long as the context lasts.

    `values` are the stack's outputs, secrets opened; `made` are secrets that are no login's. Raises CannotCheck where
    an output is missing.
    """
    if missing := [name for name in _REQUIRED if name not in values]:
        raise CannotCheck(
            f"the stack '{intent.stack.name}' has no output {', '.join(missing)}: is it deployed?",
            f"aqdata up --stack {intent.stack.name}",
        )
    with tempfile.TemporaryDirectory(prefix="aqdata-") as folder:
        authority = Path(folder) / "authority.pem"
        authority.write_text(values["authority"], encoding="ascii")
        yield replace(_access(intent, values, authority), made=made)


def _access(intent: Intent, values: Mapping[str, Any], authority: Path) -> Access:
    credentials = values["credentials"]
    storage = values.get("storageCredentials") or {}
    return Access(
        endpoints={name: Endpoint(found["host"], int(found["port"])) for name, found in values["endpoints"].items()},
        other_ways=_other_ways(values["endpoints"]),
        authority=authority,
        passwords=_passwords(intent, credentials, values["instanceCredentials"]),
        caches=_caches(intent, credentials, storage),
        objects=_objects(credentials, storage),
        tenant_keys=_tenant_keys(intent, credentials),
    )


def _other_ways(endpoints: Mapping[str, Any]) -> dict[tuple[str, Way], Endpoint]:
    return {
        (name, way): Endpoint(found[output]["host"], int(found[output]["port"]))
        for name, found in endpoints.items()
        for way, output in _OUTPUTS.items()
        if output in found
    }


def _passwords(
    intent: Intent, credentials: Mapping[str, Any], instances: Mapping[str, Any]
) -> dict[tuple[str, str], str]:
    services = {
        (service.instance, role): password
        for name, service in intent.services.items()
        for role, password in credentials.get(name, {}).get("postgres", {}).items()
    }
    shared = {(instance, role): password for instance, roles in instances.items() for role, password in roles.items()}
    return services | shared


def _tenant_keys(intent: Intent, credentials: Mapping[str, Any]) -> dict[str, SigningKey]:
    keys = {service.instance: credentials.get(name, {}).get("tenantKey") for name, service in intent.services.items()}
    return {instance: SigningKey.of(key) for instance, key in keys.items() if key}


def _caches(
    intent: Intent, credentials: Mapping[str, Any], storage: Mapping[str, Any]
) -> dict[str, dict[str, KeyPair]]:
    logins = {name: found.get("redis") for name, found in credentials.items()} | (storage.get("redis") or {})
    pairs = {name: KeyPair(login["username"], login["password"]) for name, login in logins.items() if login}
    servers = [name for name in intent.stack.ports if name.startswith("redis")]
    return dict.fromkeys(servers, pairs)


def _objects(credentials: Mapping[str, Any], storage: Mapping[str, Any]) -> dict[str, KeyPair]:
    store = dict(storage.get("s3") or {})
    backups = {f"pgbackrest-{name}": login for name, login in (store.pop("backups", None) or {}).items()}
    logins = {name: found.get("s3") for name, found in credentials.items()} | store | backups
    return {name: KeyPair(login["accessKey"], login["secretKey"]) for name, login in logins.items() if login}
