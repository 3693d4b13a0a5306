"""What a session decides: its settings, who it is, and the tenant that its context names.

Every custom setting is the session's own choice. The declared tenant setting is too, but it *defines* the tenant:
nothing else may decide whose rows are shown.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import z3

from infra.model.intent import Intent
from policies.facts.catalog import Catalog
from policies.proof.defaults import session_defaults
from policies.proof.gaps import Unmodelled
from policies.proof.logic import Formula, Value, all_of, any_of, choose, negation
from policies.proof.meanings import integer_of, integer_valid, trim, uuid_of, uuid_valid
from policies.proof.obligation import TOKEN_FOR
from policies.proof.sqltypes import BOOLEAN, TEXT, TEXT_SORT, TIMESTAMPTZ, UUID, Family, SqlType
from policies.proof.texts import text_constant
from policies.proof.wishes import TENANT_A, VALID_TOKEN
from policies.tenant_context import CURRENT_TENANT, flaws, is_signed
from policies.tenant_context import SETTING as TOKEN_SETTING

TENANT_SETTING = "app.tenant_id"
_CHOSEN_FREELY = frozenset({"application_name"})


@dataclass(frozen=True)
class Tenant:
    """The tenant of the session, in the type of a table's tenant key; `known` is false without one."""

    known: Formula
    key: Any


@dataclass
class Session:
    """One session: symbolic settings over the `defaults` that the role or the database gives them.

    `name` keeps two sessions apart (a reader, and whoever refreshed a materialised view). Where the context is
    `signed`, the tenant is what a valid token says, and `app.tenant_id` is a setting like any other; `verifier` is
    the function, as (schema, name), that is trusted to give it, to give null without a token and to raise otherwise.
    """

    defaults: Mapping[str, str] = field(default_factory=dict)
    name: str = ""
    tenant_setting: str = TENANT_SETTING
    signed: bool = False
    verifier: tuple[str, str] | None = None
    used: dict[str, tuple[Formula, Any]] = field(default_factory=dict)

    def setting(self, name: str) -> tuple[Formula, Any]:
        """Whether the session gave the setting a value, and the text."""
        key = name.lower()
        if "." not in key and key not in _CHOSEN_FREELY:
            raise Unmodelled(f"current_setting('{name}')")
        return self.used.setdefault(
            key, (z3.Bool(f"{self.name}{key} is set"), z3.Const(f"{self.name}{key}", TEXT_SORT))
        )

    def current_setting(self, name: str, missing_ok: Value) -> Value:
        """`current_setting(name, missing_ok)`: null or an error where nobody gave it a value."""
        given, text = self.setting(name)
        default = self.defaults.get(name.lower())
        if default is not None:
            return Value(TEXT, choose(given, text, text_constant(default)))
        absent = z3.Not(given)
        tolerant = all_of(missing_ok.present, missing_ok.term)
        return Value(
            TEXT,
            text,
            null=any_of(all_of(absent, tolerant), missing_ok.null),
            raises=all_of(absent, negation(tolerant)),
        )

    def tenant(self, kind: SqlType) -> Tenant:
        """The tenant by declared intent: what the session itself set, read as the key's type; spaces do not count."""
        if self.signed:
            return self._verified(kind)
        given, text = self.setting(self.tenant_setting)
        if kind.family is Family.UUID:
            return Tenant(all_of(given, uuid_valid(trim(text))), uuid_of(trim(text)))
        if kind.family is Family.INTEGER:
            return Tenant(all_of(given, integer_valid(text)), integer_of(text))
        if kind.family is Family.TEXT:
            return Tenant(all_of(given, z3.Length(text) > 0), text)
        raise Unmodelled(f"tenant key of type {kind.name}")

    def now(self) -> Value:
        """The transaction's start."""
        return Value(TIMESTAMPTZ, z3.Int(f"{self.name}now()"))

    def _verified(self, kind: SqlType) -> Tenant:
        if kind.family is not Family.UUID:
            raise Unmodelled(f"tenant key of type {kind.name} under a signed context")
        valid, key = z3.Bool(self.valid_token), z3.Const(self.token_tenant, UUID.sort)
        return Tenant(all_of(negation(self._no_token()), valid), key)

    def _no_token(self) -> Formula:
        token = self.current_setting(self.tenant_setting, Value(BOOLEAN, z3.BoolVal(True)))
        return any_of(token.null, z3.Length(token.term) == 0)

    @property
    def tenant_a(self) -> dict[str, str]:
        """The settings of a session inside the first of the witnesses' tenants."""
        return {self.tenant_setting: TOKEN_FOR + TENANT_A if self.signed else TENANT_A}

    @property
    def valid_token(self) -> str:
        """The symbol that says whether the token in the setting is one."""
        return f"{self.name}{VALID_TOKEN}"

    @property
    def token_tenant(self) -> str:
        """The symbol of the tenant that a valid token names."""
        return f"{self.name}token's tenant"

    def verifies_with(self, schema: str, name: str) -> bool:
        """Whether that function is the one that checks the session's token."""
        return self.verifier == (schema, name)

    def verified_tenant(self) -> Value:
        """What the token's check returns."""
        tenant, empty = self._verified(UUID), self._no_token()
        return Value(UUID, tenant.key, null=empty, raises=all_of(negation(empty), negation(tenant.known)))

    def anew(self, name: str = "") -> "Session":
        """The same kind of session, of which nothing was asked yet."""
        return Session(self.defaults, name, self.tenant_setting, self.signed, self.verifier)


def session_of(catalog: Catalog, intent: Intent, login: str) -> Session:
    """A login's session on this database, by the declared tenant context."""
    defaults = session_defaults(catalog, login)
    instance = intent.stack.instances.get(catalog.instance)
    if not is_signed(instance.tenancy if instance else None):
        return Session(defaults)
    verifier = None if any(flaws(catalog)) else CURRENT_TENANT
    return Session(defaults, tenant_setting=TOKEN_SETTING, signed=True, verifier=verifier)
