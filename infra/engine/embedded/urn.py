"""URNs and provider references, as the Pulumi CLI writes them."""

from __future__ import annotations

STACK_TYPE = "pulumi:pulumi:Stack"
PROVIDER_PREFIX = "pulumi:providers:"
_PARTS = 4
UNKNOWN_ID = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"


def make(stack: str, project: str, parent: str, type_token: str, name: str) -> str:
    """The URN of a resource; the parent's types lead, except those of the stack itself."""
    qualified = type_token
    if parent and qualified_type(parent) != STACK_TYPE:
        qualified = f"{qualified_type(parent)}${type_token}"
    return f"urn:pulumi:{stack}::{project}::{qualified}::{name}"


def check(urn: str) -> None:
    """Raise ValueError for what is no URN."""
    if not urn.startswith("urn:") or len(urn.split("::", 3)) != _PARTS:
        raise ValueError(f"{urn!r} is no URN")


def qualified_type(urn: str) -> str:
    """The resource's type with its parents' types before it."""
    return urn.split("::", 3)[2]


def type_of(urn: str) -> str:
    """The resource's own type."""
    return qualified_type(urn).rsplit("$", 1)[-1]


def name_of(urn: str) -> str:
    """The resource's name in the program."""
    return urn.split("::", 3)[3]


def is_provider_type(type_token: str) -> bool:
    return type_token.startswith(PROVIDER_PREFIX)


def is_default_provider(urn: str) -> bool:
    """Whether the engine made this provider itself because the program named none."""
    return is_provider_type(type_of(urn)) and name_of(urn).startswith("default")


def package_of(type_token: str) -> str:
    """The package a type token belongs to; for a provider's type, the package it provides."""
    if is_provider_type(type_token):
        return type_token.removeprefix(PROVIDER_PREFIX)
    return type_token.split(":", 1)[0]


def reference(urn: str, resource_id: str) -> str:
    """A provider reference: how a resource names the provider that manages it."""
    return f"{urn}::{resource_id}"


def split_reference(ref: str) -> tuple[str, str]:
    """A provider reference's URN and id."""
    urn, _, resource_id = ref.rpartition("::")
    return urn, resource_id
