"""A resource as a JSON record of Pulumi's state file, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from infra.engine.embedded import urn as urns
from infra.engine.embedded.refusal import Unsupported
from infra.engine.embedded.resource import Resource, Timeouts
from infra.engine.embedded.vault import Place, Vault
from infra.engine.embedded.wire import SECRET, SIGNATURE, UNKNOWN_STRING, number, plain_object, read_object, secret
from infra.engine.values import UNKNOWN, Properties, Secret, Value

FIELDS = {
    "urn": "urn",
    "custom": "custom",
    "delete": "delete",
    "id": "id",
    "type": "type",
    "inputs": "inputs",
    "outputs": "outputs",
    "parent": "parent",
    "protect": "protect",
    "taint": "taint",
    "external": "external",
    "dependencies": "dependencies",
    "initErrors": "init_errors",
    "provider": "provider",
    "propertyDependencies": "property_dependencies",
    "pendingReplacement": "pending_replacement",
    "additionalSecretOutputs": "additional_secret_outputs",
    "aliases": "aliases",
    "customTimeouts": "timeouts",
    "retainOnDelete": "retain_on_delete",
    "deletedWith": "deleted_with",
    "created": "created",
    "modified": "modified",
    "sourcePosition": "source_position",
    "ignoreChanges": "ignore_changes",
    "replaceOnChanges": "replace_on_changes",
}
"""JSON member -> attribute, in the order in which the Pulumi CLI writes them."""

ALWAYS = frozenset({"urn", "custom", "type"})
REFUSED = {
    "viewOf": "resource views",
    "resourceHooks": "resource hooks",
    "replaceWith": "the option replaceWith",
    "replacementTrigger": "the option replacementTrigger",
    "extensionRef": "extension packages",
    "snippetID": "snippets",
}


def read(record: Mapping[str, Any], vault: Vault) -> Resource:
    """The resource behind a JSON record. Raises Unsupported for members only the Pulumi CLI can handle."""
    for member, feature in REFUSED.items():
        if record.get(member):
            raise Unsupported(f"{feature}, which {record['urn']} uses")
    urns.check(record["urn"])
    known = {attribute: record[member] for member, attribute in FIELDS.items() if member in record}
    for side in ("inputs", "outputs"):
        known[side] = read_properties(record.get(side) or {}, (record["urn"], side), vault)
    for attribute in _TUPLES & known.keys():
        known[attribute] = tuple(known[attribute] or ())
    if "property_dependencies" in known:
        known["property_dependencies"] = {
            key: tuple(needed or ()) for key, needed in known["property_dependencies"].items()
        }
    if "timeouts" in known:
        known["timeouts"] = Timeouts(**known["timeouts"])
    extra = {member: item for member, item in record.items() if member not in FIELDS}
    return Resource(**known, extra=extra)


_TUPLES = {
    "dependencies",
    "init_errors",
    "additional_secret_outputs",
    "aliases",
    "ignore_changes",
    "replace_on_changes",
}


def write(resource: Resource, vault: Vault | None) -> dict[str, Any]:
    """The JSON record of `resource`. Without a vault, secrets are written in plain text: `--show-secrets`."""
    return {**_members(resource, FIELDS, vault), **resource.extra}


def write_members(resource: Resource, *, except_for: frozenset[str]) -> dict[str, Any]:
    """Members of the JSON record that are filled, without some; no secret is among the rest."""
    wanted = {member: attribute for member, attribute in FIELDS.items() if member not in except_for}
    return _members(resource, wanted, None)


def _members(resource: Resource, wanted: Mapping[str, str], vault: Vault | None) -> dict[str, Any]:
    filled: dict[str, Any] = {}
    for member, attribute in wanted.items():
        item = _member(resource, attribute, vault)
        if item or member in ALWAYS:
            filled[member] = item
    return filled


def _member(resource: Resource, attribute: str, vault: Vault | None) -> Any:
    item = getattr(resource, attribute)
    if attribute in ("inputs", "outputs"):
        return write_properties(item, (resource.urn, attribute), vault)
    if attribute == "property_dependencies":
        return {key: list(needed) for key, needed in item.items()}
    if attribute == "timeouts":
        return {key: seconds for key in ("create", "update", "delete", "read") if (seconds := getattr(item, key))}
    return list(item) if isinstance(item, tuple) else item


def read_properties(members: Mapping[str, Any], place: Place, vault: Vault) -> Properties:
    """Property values from JSON; secrets are decrypted."""
    return {key: _read(item, (*place, key), vault) for key, item in members.items()}


def _read(item: Any, place: Place, vault: Vault) -> Value:
    if isinstance(item, list):
        return [_read(each, (*place, index), vault) for index, each in enumerate(item)]
    if isinstance(item, dict):
        return _read_dict(item, place, vault)
    if isinstance(item, float):
        return number(item)
    return UNKNOWN if item == UNKNOWN_STRING else item


def _read_dict(members: dict[str, Any], place: Place, vault: Vault) -> Value:
    if members.get(SIGNATURE) == SECRET:
        return secret(_read(_uncover(members, place, vault), place, vault))
    return read_object(read_properties(members, place, vault))


def _uncover(members: dict[str, Any], place: Place, vault: Vault) -> Any:
    if "ciphertext" in members:
        return vault.open(place, members["ciphertext"])
    return vault.plain(members["plaintext"])


def write_properties(properties: Mapping[str, Value], place: Place, vault: Vault | None) -> dict[str, Any]:
    """JSON of property values; secrets are encrypted, or plain where there is no vault."""
    return {key: _write(properties[key], (*place, key), vault) for key in sorted(properties)}


def _write(value: Value, place: Place, vault: Vault | None) -> Any:
    if isinstance(value, list):
        return [_write(each, (*place, index), vault) for index, each in enumerate(value)]
    if isinstance(value, dict):
        return write_properties(value, place, vault)
    if isinstance(value, Secret):
        return _cover(_write(value.value, place, None), place, vault)
    if value is None or isinstance(value, str | bool | int | float):
        return value
    return plain_object(value)


def _cover(value: Any, place: Place, vault: Vault | None) -> dict[str, str]:
    if vault is None:
        return {SIGNATURE: SECRET, "plaintext": Vault.encode(value)}
    return {SIGNATURE: SECRET, "ciphertext": vault.close(place, value)}
