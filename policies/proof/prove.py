"""Every obligation of one database: for each login, tenant table and command, the worst of all ways to its rows."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from infra.model.intent import Intent
from policies.facts.catalog import Catalog, Relation
from policies.proof import calls, expression  # noqa: F401 they register translators
from policies.proof.asking import Asking
from policies.proof.beyond import beyond_policies
from policies.proof.borrowed import Code, changeable, foreign_code, powers
from policies.proof.direct import Direct, Finding
from policies.proof.forgery import forgeries
from policies.proof.keys import RANDOM_IDENTIFIERS, has_random_identifier, oracles
from policies.proof.missing import missing
from policies.proof.obligation import (
    COMMANDS,
    ROW_COMMANDS,
    SEVERITY,
    Command,
    Obligation,
    PlantedRow,
    Verdict,
    Witness,
)
from policies.proof.privileges import may, may_wholly, owns
from policies.proof.reach import Reach
from policies.proof.scope import Actor
from policies.proof.session import Session, session_of
from policies.proof.tenancy import Tenancy, TenantTable
from policies.proof.views import ViewCase
from policies.proof.wishes import TENANT_B
from policies.tenant_context import flaws

TIMEOUT_MS = 3000


def prove(catalog: Catalog, intent: Intent, timeout_ms: int = TIMEOUT_MS) -> list[Obligation]:
    """What a session of tenant A can do to rows that are not A's, by declared intent, on this database."""
    return list(_Prover(catalog, Tenancy(intent, catalog), timeout_ms).obligations())


@dataclass
class _Prover:
    catalog: Catalog
    tenancy: Tenancy
    timeout_ms: int

    def __post_init__(self) -> None:
        self.direct = Direct(self.catalog, self.timeout_ms)
        self.reach = Reach(self.catalog)
        self._sessions: dict[str, Session] = {}
        self._code: dict[frozenset[str], Code] = {}

    def session_of(self, login: str) -> Session:
        """A session of which nothing was asked yet."""
        if login not in self._sessions:
            self._sessions[login] = session_of(self.catalog, self.tenancy.intent, login)
        return self._sessions[login].anew()

    def code_of(self, users: frozenset[str]) -> Code:
        if users not in self._code:
            self._code[users] = Code.within_reach(users, self.catalog)
        return self._code[users]

    @cached_property
    def flaws(self) -> list[str]:
        return list(flaws(self.catalog))

    @cached_property
    def missing(self) -> str:
        return missing(self.catalog)

    @cached_property
    def logins(self) -> list[str]:
        return [role.name for role in self.catalog.roles if role.can_login]

    def obligations(self) -> Iterator[Obligation]:
        for table in (*self.tenancy.declared, *self.tenancy.undeclared):
            relation = self.catalog.relation(*table.address)
            for login in self.logins:
                if relation is None:
                    yield _unknown(login, table, "the declared table is not in the catalog")
                elif table.declared is not None or self._is_open(login, relation):
                    yield from _Table(self, table, relation, login).obligations()

    def _is_open(self, login: str, relation: Relation) -> bool:
        users = self.catalog.settable_roles(login)
        return any(may(self.catalog, user, relation, command) for user in users for command in ROW_COMMANDS)


@dataclass
class _Table:
    """One table under one login."""

    prover: _Prover
    table: TenantTable
    relation: Relation
    login: str

    @property
    def catalog(self) -> Catalog:
        return self.prover.catalog

    @cached_property
    def users(self) -> frozenset[str]:
        return self.catalog.settable_roles(self.login)

    @cached_property
    def session(self) -> Session:
        return self.prover.session_of(self.login)

    @cached_property
    def family(self) -> list[Relation]:
        return self.prover.reach.family(self.relation)

    @cached_property
    def views(self) -> list[Relation]:
        return self.prover.reach.views_over(self.relation)

    def obligations(self) -> Iterator[Obligation]:
        trusted = self.prover.tenancy.trusts(self.login, self.table)
        for command in COMMANDS:
            finding = Finding(Verdict.TRUSTED, "", trusted) if trusted else self._worst(command)
            yield Obligation(
                self.login,
                self.table.qualified_name,
                command,
                finding.verdict,
                finding.path,
                finding.construct,
                finding.witness,
                finding.assumptions,
            )

    def _worst(self, command: Command) -> Finding:
        worst = Finding(Verdict.PROVED, "")
        assumptions: set[str] = set()
        for finding in self._findings(command):
            assumptions.update(finding.assumptions)
            if SEVERITY[finding.verdict] > SEVERITY[worst.verdict]:
                worst = finding
            if worst.verdict is Verdict.COUNTEREXAMPLE:
                return worst
        if worst.verdict is Verdict.PROVED and self.prover.missing:
            return Finding(Verdict.UNKNOWN, "", self.prover.missing)
        return Finding(worst.verdict, worst.path, worst.construct, worst.witness, tuple(sorted(assumptions)))

    def _findings(self, command: Command) -> Iterator[Finding]:
        if command in ROW_COMMANDS:
            yield from self._ways(command)
            yield from self._ownership()
            yield from self._removal(command)
            yield from self._actions(command)
            yield from self._forgeries
            yield from self._borrowed
        elif command == "KEY":
            yield from self._keys()
        else:
            yield from self._privilege(command)

    def _ways(self, command: Command) -> Iterator[Finding]:
        for user in sorted(self.users, key=lambda name: (name != self.login, name)):
            actor = Actor(user, user, self.login)
            for relation in self.family:
                yield self.prover.direct.find(actor, self.session, relation, command, self.table.key)
            for view in self.views:
                yield self._view_case(actor, view).find(command)

    def _view_case(self, actor: Actor, view: Relation) -> ViewCase:
        return ViewCase(self.catalog, actor, self.session, view, self.family, self.table.key, self.prover.timeout_ms)

    def _ownership(self) -> Iterator[Finding]:
        for relation in self.family:
            for user in sorted(self.users):
                if owns(self.catalog, user, relation.owner):
                    yield self._owned(relation, user)

    def _owned(self, relation: Relation, user: str) -> Finding:
        statement = f"ALTER TABLE {relation.qualified_name} DISABLE ROW LEVEL SECURITY"
        row = PlantedRow(relation.address, {self.table.key: TENANT_B} if self.table.key else {})
        witness = Witness(self.login, user, "SELECT", relation.address, {}, target=row, statement=statement)
        why = f"{self.login} is or may become {relation.owner}, the owner, who can switch row security off"
        return Finding(Verdict.COUNTEREXAMPLE, relation.qualified_name, why, witness)

    def _removal(self, command: Command) -> Iterator[Finding]:
        """Whoever owns a schema can drop what is in it, whoever owns that."""
        for relation in self.family if command == "DELETE" else ():
            schema = self.catalog.schema(relation.schema)
            for user in sorted(self.users):
                if schema is not None and owns(self.catalog, user, schema.owner):
                    why = f"{self.login} is or may become {schema.owner}, the schema's owner, who can drop the table"
                    statement = f"DROP TABLE {relation.qualified_name} CASCADE"
                    witness = Witness(self.login, user, "DELETE", relation.address, {}, statement=statement)
                    yield Finding(Verdict.COUNTEREXAMPLE, relation.qualified_name, why, witness)

    def _actions(self, command: Command) -> Iterator[Finding]:
        """What a foreign key's action writes, no policy sees."""
        for constraint in self.relation.constraints if command == "UPDATE" else ():
            if constraint.kind == "foreign key" and self.table.key in constraint.written_columns:
                what = f"foreign key {constraint.name}, whose action writes {self.table.key} past the policies"
                yield Finding(Verdict.UNKNOWN, self.relation.qualified_name, what)

    @cached_property
    def _forgeries(self) -> list[Finding]:
        """Ways to make a token for any tenant, and why tokens may not be trusted at all."""
        if not self.session.signed or not any(self._reaches(relation) for relation in (*self.family, *self.views)):
            return []
        row = PlantedRow(self.relation.address, {self.table.key: TENANT_B} if self.table.key else {})
        found = [
            Finding(
                Verdict.COUNTEREXAMPLE,
                self.relation.qualified_name,
                way.why,
                Witness(self.login, way.user, "SELECT", self.relation.address, {}, target=row, statement=way.statement),
            )
            for way in forgeries(self.catalog, self.users, TENANT_B)
        ]
        return [*found, *(Finding(Verdict.UNKNOWN, "", flaw) for flaw in self.prover.flaws)]

    def _reaches(self, relation: Relation) -> bool:
        """Whether the login has any privilege on the relation: without one no token opens it."""
        return any(may(self.catalog, user, relation, command) for user in self.users for command in ROW_COMMANDS)

    @cached_property
    def _borrowed(self) -> list[Finding]:
        touched = [*self.family, *self.views]
        found = [
            Finding(Verdict.PROVED, "", assumptions=(f"{construct} does only what it is declared for: {reason}",))
            if reason
            else Finding(Verdict.UNKNOWN, "", construct)
            for construct, reason in foreign_code(self.prover.code_of(self.users), touched, self.prover.tenancy)
        ]
        beyond = (*powers(self.users, self.catalog), *changeable(self.users, touched, self.catalog))
        return [*found, *(Finding(Verdict.UNKNOWN, "", power) for power in beyond)]

    def _keys(self) -> Iterator[Finding]:
        if self.table.declared is None:
            return
        writers = [user for user in self.users for right in ("INSERT", "UPDATE") if self._may(user, right)]
        found = oracles(self.relation, self.table.declared, self.catalog, self.prover.tenancy.keys)
        inserters = sorted(user for user in self.users if self._may(user, "INSERT"))
        for oracle in found if writers else ():
            why = f"existence oracle: {oracle.words}"
            asked = Asking(self.catalog, self.prover.tenancy, self.relation, self.login)
            witness = asked.witness(oracle, inserters[0], self.session.tenant_a) if inserters else None
            yield Finding(Verdict.COUNTEREXAMPLE, self.relation.qualified_name, why, witness)
        if writers and has_random_identifier(self.relation):
            yield Finding(Verdict.PROVED, "", assumptions=(RANDOM_IDENTIFIERS,))

    def _may(self, user: str, privilege: str) -> bool:
        return may(self.catalog, user, self.relation, privilege)

    def _privilege(self, command: Command) -> Iterator[Finding]:
        for relation in self.family:
            for user in sorted(self.users):
                if may_wholly(self.catalog, user, relation, command) or self._may_reference(user, relation, command):
                    yield self._beyond_policies(relation, user, command)

    def _may_reference(self, user: str, relation: Relation, command: Command) -> bool:
        return command == "REFERENCES" and may(self.catalog, user, relation, command)

    def _beyond_policies(self, relation: Relation, user: str, command: Command) -> Finding:
        name = relation.qualified_name
        statement, obstacle = beyond_policies(self.catalog, user, relation, command)
        if obstacle:
            return Finding(Verdict.UNKNOWN, name, f"{command} granted to {user}, held back only because {obstacle}")
        witness = Witness(self.login, user, command, relation.address, {}, statement=statement)
        why = f"{user} has {command} on {name}, which no policy filters"
        return Finding(Verdict.COUNTEREXAMPLE, name, why, witness)


def _unknown(login: str, table: TenantTable, construct: str) -> Obligation:
    return Obligation(login, table.qualified_name, "SELECT", Verdict.UNKNOWN, construct=construct)
