"""Property values as the SDK sends them: protobuf structs with signed objects for what JSON cannot say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from google.protobuf import struct_pb2

from infra.engine.embedded.refusal import Unsupported
from infra.engine.values import UNKNOWN, Properties, Reference, Secret, Value

SIGNATURE = "4dabf18193072939515e22adb298388d"
SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 the protocol's marker, not a secret
ASSET = "c44067f5952c0a294b673a41bacd8c17"
ARCHIVE = "0def7320c3a5731c473e5ecbe6d01bc7"
REFERENCE = "5cf8f73096256a8f31e491e813e4eb8e"
OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
UNKNOWN_STRING = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""What stands for an unknown value in JSON and in protobuf."""


def read_struct(struct: struct_pb2.Struct) -> Properties:
    """The values of a protobuf struct; null members are kept."""
    return {key: read_value(item) for key, item in struct.fields.items()}


def read_value(value: struct_pb2.Value) -> Value:
    """One protobuf value."""
    kind = value.WhichOneof("kind")
    if kind == "string_value":
        return UNKNOWN if value.string_value == UNKNOWN_STRING else value.string_value
    if kind == "number_value":
        return number(value.number_value)
    if kind == "bool_value":
        return value.bool_value
    if kind == "list_value":
        return [read_value(item) for item in value.list_value.values]
    if kind == "struct_value":
        return read_object(read_struct(value.struct_value))
    return None


def number(value: float) -> int | float:
    """`value` as an int where it is one, so that it is printed without a fraction."""
    return int(value) if value.is_integer() and abs(value) < 2**53 else value


def read_object(members: Properties) -> Value:
    """The value a JSON object stands for: itself, or what its signature says it is."""
    signature = members.get(SIGNATURE)
    if signature is None:
        return members
    if signature == SECRET:
        return secret(members["value"])
    if signature == REFERENCE:
        return Reference(members["urn"], members.get("id"), members.get("packageVersion") or "")
    if signature == OUTPUT:
        value = members.get("value", UNKNOWN)
        return secret(value) if members.get("secret") else value
    if signature in (ASSET, ARCHIVE):
        raise Unsupported("assets and archives")
    raise Unsupported(f"property values of the kind {signature}")


def secret(value: Value) -> Secret:
    """`value` as a secret, wrapped once."""
    return value if isinstance(value, Secret) else Secret(value)


def write_struct(properties: Mapping[str, Value]) -> struct_pb2.Struct:
    """`properties` as a protobuf struct."""
    struct = struct_pb2.Struct()
    for key, item in properties.items():
        write_value(item, struct.fields[key])
    return struct


def write_value(value: Value, target: struct_pb2.Value) -> None:
    """Set `target` to `value`."""
    if value is None:
        target.null_value = struct_pb2.NULL_VALUE
    elif isinstance(value, bool):
        target.bool_value = value
    elif isinstance(value, int | float):
        target.number_value = value
    elif isinstance(value, str):
        target.string_value = value
    elif isinstance(value, list):
        _write_list(value, target)
    else:
        _write_object(plain_object(value), target)


def _write_list(items: list[Value], target: struct_pb2.Value) -> None:
    target.list_value.SetInParent()
    for item in items:
        write_value(item, target.list_value.values.add())


def _write_object(members: Any, target: struct_pb2.Value) -> None:
    if isinstance(members, str):
        target.string_value = members
        return
    target.struct_value.SetInParent()
    for key, item in members.items():
        write_value(item, target.struct_value.fields[key])


def plain_object(value: Value) -> Mapping[str, Value] | str:
    """The JSON form of a value that is neither null, a scalar nor a list; secrets stay in plain text."""
    if value is UNKNOWN:
        return UNKNOWN_STRING
    if isinstance(value, Secret):
        return {SIGNATURE: SECRET, "value": value.value}
    if isinstance(value, Reference):
        return {SIGNATURE: REFERENCE, "urn": value.urn, "id": value.id or "", "packageVersion": value.package_version}
    members: Mapping[str, Value] = value
    return members
