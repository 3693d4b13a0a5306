"""The probes of one service: its logins, its canaries, every context."""

import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain

from infra.model.errors import CannotCheck
from infra.model.service import Service
from policies.facts.catalog import Catalog
from policies.facts.facts import Unread
from policies.facts.probes import COMMANDS, Attempt, Command, Context, Experiment
from policies.facts.relations import Relation
from policies.sources.live.access import Access
from policies.sources.live.probes.canary import canaries, in_order
from policies.sources.live.probes.experiments import experiments
from policies.sources.live.probes.session import Session, rolled_back
from policies.sources.live.probes.statements import Target, Tenants

_IN_TRANSACTION: tuple[Context, ...] = ("own", "other", "empty", "malformed")


@dataclass(frozen=True)
class Probed:
    """What the probes of a service brought to light, and what stood in their way."""

    attempts: tuple[Attempt, ...] = ()
    experiments: tuple[Experiment, ...] = ()
    unread: tuple[Unread, ...] = ()


@dataclass(frozen=True)
class Bench:
    """A service's tables prepared for two tenants: `targets` are all tables in order, `tenanted` those with a key."""

    service: Service
    instance: str
    tenants: Tenants
    targets: tuple[Target, ...]

    @classmethod
    def of(cls, catalog: Catalog, service: Service) -> "Bench":
        """Raises CannotCheck where no order of insertion exists."""
        tenants = Tenants(str(uuid.uuid4()), str(uuid.uuid4()))
        tables = in_order(catalog, service)
        rows = {tenant: canaries(tables, service, tenant) for tenant in (tenants.own, tenants.other)}
        targets = (
            Target(
                table, service.tables[table.name].key or "", {tenant: rows[tenant][table.address] for tenant in rows}
            )
            for table in tables
        )
        return cls(service, catalog.instance, tenants, tuple(targets))

    @property
    def tenanted(self) -> tuple[Target, ...]:
        """The tables whose rows belong to a tenant."""
        return tuple(target for target in self.targets if target.key)

    def granted(self, role: str) -> frozenset[tuple[str, Command]]:
        """What the intent grants a login: (table, command)."""
        return frozenset(
            (f"{self.service.schema_name}.{name}", command)
            for name, table in self.service.tables.items()
            for command in COMMANDS
            if command in self._commands(table.grants.app, table.grants.readonly, role)
        )

    def _commands(self, app: Sequence[Command], readonly: Sequence[Command], role: str) -> Sequence[Command]:
        by_role = {self.service.app: app, self.service.readonly: readonly}
        return by_role.get(role, ("select", "insert", "update", "delete"))

    def seedable_by(self, role: str) -> tuple[Target, ...]:
        """The tables that the login can fill on its own: it may insert there and into all they refer to."""
        granted, seedable = self.granted(role), list[Target]()
        for target in self.targets:
            parents = _parents(target.relation)
            filled = {seeded.relation.address for seeded in seedable}
            if (target.name, "insert") in granted and parents <= filled:
                seedable.append(target)
        return tuple(seedable)


def _parents(relation: Relation) -> set[tuple[str, str]]:
    return {
        key.references
        for key in relation.constraints
        if key.kind == "foreign key" and key.references and key.references != relation.address
    }


Probe = Callable[[Access, Bench], Iterator[Attempt | Experiment]]


def probe_service(access: Access, catalog: Catalog, service: Service, *, read_only: bool = False) -> Probed:
    """Every tenant table of the service, with every login, in every context; with `read_only`, only reads."""
    try:
        bench = Bench.of(catalog, service)
    except CannotCheck as error:
        return Probed(unread=(Unread("probes", service.name, error.message),))
    if not bench.tenanted:
        return Probed()
    if read_only or catalog.is_replica:
        return joined(_guarded(partial(_probe_reading, role=role), access, bench) for role in service.logins)
    logins = (_probe_app, _probe_readonly, _probe_migrator)
    return joined(_guarded(probe, access, bench) for probe in logins)


def joined(parts: Iterable[Probed]) -> Probed:
    """All of them as one."""
    probed = list(parts)
    return Probed(
        tuple(chain.from_iterable(part.attempts for part in probed)),
        tuple(chain.from_iterable(part.experiments for part in probed)),
        tuple(chain.from_iterable(part.unread for part in probed)),
    )


def _guarded(probe: Probe, access: Access, bench: Bench) -> Probed:
    try:
        found = list(probe(access, bench))
    except CannotCheck as error:
        return Probed(unread=(Unread("probes", f"{bench.instance}/{bench.service.name}", error.message),))
    return Probed(
        attempts=tuple(each for each in found if isinstance(each, Attempt)),
        experiments=tuple(each for each in found if isinstance(each, Experiment)),
    )


def _probe_app(access: Access, bench: Bench) -> Iterator[Attempt | Experiment]:
    role = bench.service.app
    seedable = bench.seedable_by(role)
    with access.connect(bench.instance, role) as connection:
        session = Session(connection, bench.instance, role, bench.tenants, bench.granted(role))
        yield from _unset(session, bench)
        with rolled_back(connection):
            yield from _seed(session, seedable)
            yield from _contexts(session, [target for target in seedable if target.key])
        yield from experiments(session, tuple(_with_parents(seedable)))


def _with_parents(targets: Sequence[Target]) -> Iterator[Target]:
    """The tenant tables, each with the tables that it refers to, however far."""
    by_address = {target.relation.address: target for target in targets}
    needed: dict[tuple[str, str], dict[tuple[str, str], Target]] = {}
    for target in targets:
        own = {address: by_address[address] for address in sorted(_parents(target.relation))}
        above = {address: parent for each in own for address, parent in needed[each].items()}
        needed[target.relation.address] = above | own
        if target.key:
            yield replace(target, parents=tuple(needed[target.relation.address].values()))


def _probe_readonly(access: Access, bench: Bench) -> Iterator[Attempt]:
    role = bench.service.readonly
    with access.connect(bench.instance, role) as connection:
        session = Session(connection, bench.instance, role, bench.tenants, bench.granted(role))
        yield from _unset(session, bench)


def _probe_migrator(access: Access, bench: Bench) -> Iterator[Attempt]:
    """As owner it fills every table; then it acts as itself, as readonly and, where app cannot insert, as app."""
    service = bench.service
    with access.connect(bench.instance, service.migrator) as connection:
        owner = Session(
            connection, bench.instance, service.migrator, bench.tenants, bench.granted(service.migrator), service.owner
        )
        yield from _unset(owner, bench)
        with rolled_back(connection):
            yield from _seed(owner, bench.targets)
            yield from _contexts(owner, bench.tenanted)
            yield from _contexts(_as(owner, service.readonly, bench), bench.tenanted)
            alone = {target.name for target in bench.seedable_by(service.app)}
            rest = [target for target in bench.tenanted if target.name not in alone]
            yield from _contexts(_as(owner, service.app, bench), rest)


def _probe_reading(access: Access, bench: Bench, *, role: str) -> Iterator[Attempt]:
    """Reads alone, as a tenant that nobody is: whatever comes back is somebody else's."""
    with access.connect(bench.instance, role) as connection:
        become = bench.service.owner if role == bench.service.migrator else None
        session = Session(connection, bench.instance, role, bench.tenants, bench.granted(role), become)
        for context in ("unset", *_IN_TRANSACTION):
            with rolled_back(connection, writes=False):
                for target in bench.tenanted:
                    yield from session.reads(target, context)


def _as(session: Session, role: str, bench: Bench) -> Session:
    return replace(session, role=role, become=role, granted=bench.granted(role))


def _unset(session: Session, bench: Bench) -> Iterator[Attempt]:
    # The setting must never have been made in this session: once made, it reads as '' and no longer as NULL.
    with rolled_back(session.connection):
        for target in bench.tenanted:
            yield from session.attempts(target, "unset")


def _seed(session: Session, targets: Iterable[Target]) -> Iterator[Attempt]:
    for target in targets:
        for context in ("own", "other"):
            attempt = session.seed(target, context)
            if target.key:
                yield attempt


def _contexts(session: Session, targets: Sequence[Target]) -> Iterator[Attempt]:
    for context in _IN_TRANSACTION:
        for target in targets:
            yield from session.attempts(target, context)
