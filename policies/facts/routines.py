"""Functions, event triggers and languages."""

from dataclasses import dataclass
from typing import Literal

from policies.facts.access import Acl

Volatility = Literal["immutable", "stable", "volatile"]


@dataclass(frozen=True, slots=True)
class Function:
    """A function or procedure; `signature` is its argument types as PostgreSQL prints them.

    `settings` are its SET clauses; `source` its body, `definition` the whole CREATE FUNCTION where it is known.
    """

    schema: str
    name: str
    signature: str
    owner: str
    language: str
    returns: str = ""
    kind: Literal["function", "procedure", "aggregate", "window"] = "function"
    volatility: Volatility = "volatile"
    is_security_definer: bool = False
    is_leakproof: bool = False
    settings: tuple[tuple[str, str], ...] = ()
    acl: Acl = ()
    source: str = ""
    definition: str = ""

    @property
    def qualified_name(self) -> str:
        """`schema.name(types)`."""
        return f"{self.schema}.{self.name}({self.signature})"

    @property
    def search_path(self) -> str | None:
        """The fixed search_path, where there is one."""
        return dict(self.settings).get("search_path")


@dataclass(frozen=True, slots=True)
class Cast:
    """A cast that somebody made; PostgreSQL prints expressions that use it like those with its own."""

    source: str
    target: str


@dataclass(frozen=True, slots=True)
class EventTrigger:
    """A trigger on DDL; `enabled` as in `pg_event_trigger.evtenabled`."""

    name: str
    event: str
    function: tuple[str, str]
    owner: str
    tags: tuple[str, ...] = ()
    enabled: str = "O"

    @property
    def is_enabled(self) -> bool:
        """Whether it fires in ordinary sessions."""
        return self.enabled in ("O", "A")


@dataclass(frozen=True, slots=True)
class Language:
    """A procedural language; an untrusted one reaches the server's files."""

    name: str
    is_trusted: bool
    acl: Acl = ()
