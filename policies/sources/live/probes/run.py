"""The probes of one service: its logins side by side, on every way in, each in short transactions."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain

import psycopg

from infra.model.errors import CannotCheck
from infra.model.service import Service
from policies.facts.catalog import Catalog
from policies.facts.facts import Unread
from policies.facts.probes import PRIMARY, Attempt, Experiment, Way
from policies.sources.live.access import Access, first_line
from policies.sources.live.probes.bench import Bench, new_tenants, with_all_parents, with_parents
from policies.sources.live.probes.experiments import experiments, role_switches, statistics
from policies.sources.live.probes.pooled import between_clients
from policies.sources.live.probes.session import Login, Session, batched
from policies.sources.live.probes.statements import Target
from policies.sources.live.probes.stranger import with_a_wrong_password

_TABLES_AT_ONCE = 40
"""Tables of one transaction: locks are few, and nobody's vacuum waits for long."""
_TABLES_OF_A_PART = 250
"""Tables that a login probes in one session; more are probed in several, so that no round is the long one."""
_SESSIONS_AT_ONCE = 4

Found = Attempt | Experiment


@dataclass(frozen=True)
class Probed:
    """What the probes of a service brought to light, and what stood in their way."""

    attempts: tuple[Attempt, ...] = ()
    experiments: tuple[Experiment, ...] = ()
    unread: tuple[Unread, ...] = ()


@dataclass(frozen=True)
class Round:
    """The tables of a service as one login meets them, on one way in."""

    access: Access
    bench: Bench
    role: str
    targets: tuple[Target, ...]
    path: Way

    @classmethod
    def of(cls, access: Access, bench: Bench, role: str, path: Way) -> "Round":
        """With tenants of its own, so that rounds do not wait for each other's rows."""
        return cls(
            access,
            bench,
            role,
            tuple(with_parents(bench.targets(new_tenants(access.tenant_keys.get(bench.instance))))),
            path,
        )

    @property
    def tenanted(self) -> list[Target]:
        """The tables under test whose rows belong to a tenant."""
        return [target for target in self.targets if target.key and target.relation.address in self.bench.probed]

    @property
    def fillable(self) -> list[Target]:
        """Those among them that the login can fill on its own."""
        seedable = self.bench.seedable_by(self.role)
        return [target for target in self.tenanted if target.name in seedable]

    def only(self, targets: Iterable[Target]) -> "Round":
        """The same with these tables alone."""
        return replace(self, targets=tuple(targets))

    def login(self) -> Login:
        """The login as results name it."""
        return Login(self.bench.instance, self.role, self.targets[0].tenants, self.bench.granted(self.role), self.path)


Probe = Callable[[Round], Iterator[Found]]
Chosen = tuple[Probe, str, Way]


def probe_service(access: Access, catalog: Catalog, service: Service, *, read_only: bool = False) -> Probed:
    """Every tenant table of the service, with every login, in every context; with `read_only`, only reads."""
    try:
        bench = Bench.of(catalog, service)
    except CannotCheck as error:
        return Probed(unread=(Unread("probes", service.name, error.message),))
    if not bench.has_tenants:
        return Probed()
    parts = list(bench.parts(_TABLES_OF_A_PART))
    with ThreadPoolExecutor(_SESSIONS_AT_ONCE) as pool:
        chosen = _chosen(service, access.paths(catalog.instance), reads_only=read_only or catalog.is_replica)
        rounds = [(part, each) for each in chosen for part in parts if part.has_tenants]
        return joined(pool.map(partial(_guarded, access), *zip(*rounds, strict=True)))


def _chosen(service: Service, paths: Iterable[Way], *, reads_only: bool) -> Iterator[Chosen]:
    for path in paths:
        if path == PRIMARY:
            probes = _READING if reads_only else _WRITING
        else:
            probes = _READING_BESIDE if reads_only or path == "replica" else _POOLED
        yield from ((probe, getattr(service, login), path) for login, probe in probes)


def joined(parts: Iterable[Probed]) -> Probed:
    """All of them as one."""
    probed = list(parts)
    return Probed(
        tuple(chain.from_iterable(part.attempts for part in probed)),
        tuple(chain.from_iterable(part.experiments for part in probed)),
        tuple(chain.from_iterable(part.unread for part in probed)),
    )


def _guarded(access: Access, bench: Bench, chosen: Chosen) -> Probed:
    probe, role, path = chosen
    try:
        found = list(probe(Round.of(access, bench, role, path)))
    except (CannotCheck, psycopg.Error) as error:
        where = f"{bench.instance}/{bench.service.name} as {role}"
        return Probed(unread=(Unread("probes", where, first_line(error)),))
    return Probed(
        attempts=tuple(each for each in found if isinstance(each, Attempt)),
        experiments=tuple(each for each in found if isinstance(each, Experiment)),
    )


def _app(round_: Round) -> Iterator[Found]:
    with round_.access.connect(round_.bench.instance, round_.role, round_.path) as connection:
        session = Session(connection, round_.login())
        yield from _unset(session, round_.tenanted)
        for chunk in _chunks(round_.fillable):
            with session.rolled_back():
                yield from session.seed(with_all_parents(chunk))
                yield from _contexts(session, chunk)
                yield from experiments(session, chunk)
        with session.rolled_back():
            yield from statistics(session, round_.tenanted)


def _pooled(round_: Round) -> Iterator[Found]:
    """What the login fills is tried in full; the rest, which no owner fills for it on this way, is read."""
    fillable = round_.fillable
    if fillable:
        yield from _app(round_.only(fillable))
        yield between_clients(round_.access, round_.login(), fillable[0])
    filled = {target.name for target in fillable}
    beyond = [target for target in round_.tenanted if target.name not in filled]
    if beyond:
        yield from _reading(round_.only(beyond))


def _readonly(round_: Round) -> Iterator[Found]:
    with round_.access.connect(round_.bench.instance, round_.role, round_.path) as connection:
        yield from _unset(Session(connection, round_.login()), round_.tenanted)


def _owner(round_: Round) -> Iterator[Found]:
    """As owner it fills every table; then it acts as itself."""
    with round_.access.connect(round_.bench.instance, round_.role, round_.path) as connection:
        owner = Session(connection, round_.login(), round_.bench.service.owner)
        yield from _unset(owner, round_.tenanted)
        for chunk in _chunks(round_.tenanted):
            with owner.rolled_back():
                yield from owner.seed(with_all_parents(chunk))
                yield from _contexts(owner, chunk)


def _for_others(round_: Round) -> Iterator[Found]:
    """As owner it fills every table; then it acts as readonly and, where app cannot insert, as app."""
    service, bench = round_.bench.service, round_.bench
    with round_.access.connect(bench.instance, round_.role, round_.path) as connection:
        owner = Session(connection, round_.login(), service.owner)
        readonly = owner.acting_as(service.readonly, bench.granted(service.readonly))
        app, alone = owner.acting_as(service.app, bench.granted(service.app)), bench.seedable_by(service.app)
        for chunk in _chunks(round_.tenanted):
            with owner.rolled_back():
                _fill(owner, chunk)
                yield from _contexts(readonly, chunk)
                yield from _contexts(app, [target for target in chunk if target.name not in alone])
                yield from role_switches(owner, readonly, chunk)


def _fill(owner: Session, chunk: Sequence[Target]) -> None:
    """What cannot be filled is told by the owner's own round, and by the readers' finding no row of their own."""
    for _ in owner.seed(with_all_parents(chunk)):
        pass


def _reading(round_: Round) -> Iterator[Found]:
    """Reads alone, as a tenant that nobody is: whatever comes back is somebody else's."""
    become = round_.bench.service.owner if round_.role == round_.bench.service.migrator else None
    with round_.access.connect(round_.bench.instance, round_.role, round_.path) as connection:
        session = Session(connection, round_.login(), become)
        for context in ("unset", *session.tenants.contexts):
            with session.rolled_back(writes=False), session.within(context):
                yield from session.reads(round_.tenanted, context)


def _stranger(round_: Round) -> Iterator[Found]:
    yield with_a_wrong_password(round_.access, round_.login(), round_.targets[0].name)


def _unset(session: Session, targets: Sequence[Target]) -> Iterator[Attempt]:
    # The setting must never have been made in this session: once made, it reads as '' and no longer as NULL.
    for chunk in _chunks(targets):
        with session.rolled_back(), session.within("unset"):
            yield from session.attempts(chunk, "unset")


def _contexts(session: Session, targets: Sequence[Target]) -> Iterator[Attempt]:
    for context in session.tenants.contexts if targets else ():
        with session.within(context):
            yield from session.attempts(targets, context)


def _chunks(targets: Sequence[Target]) -> Iterator[Sequence[Target]]:
    return batched(targets, _TABLES_AT_ONCE)


Probes = tuple[tuple[str, Probe], ...]
# Longest first: they run side by side.
_WRITING: Probes = (("migrator", _for_others), ("app", _app), ("migrator", _owner), ("readonly", _readonly))
_READING: Probes = (("app", _reading), ("readonly", _reading), ("migrator", _reading))
# The migrator's way is the instance itself.
_READING_BESIDE: Probes = (("app", _reading), ("readonly", _reading), ("app", _stranger))
_POOLED: Probes = (("app", _pooled), ("readonly", _reading), ("app", _stranger))
