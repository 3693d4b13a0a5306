"""Plan a restore of a stack's instance, and carry it out into a separate copy."""

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from infra.backup.pgbackrest import PgBackRest
from infra.backup.repository import read_repository
from infra.backup.restore.copy import CopyOrder, OnProgress, RestoredCopy
from infra.backup.restore.named_point import NamedPoint, Unfetched, find_point
from infra.backup.restore.plan import LISTING, ImpossibleTarget, MissingWal, RestorePlan, plan_restore
from infra.backup.restore.recovery import await_promotion
from infra.backup.restore.space import ENGINE, STORAGE, free_bytes, promised, require_space
from infra.backup.restore.target import Target
from infra.backup.room import repository_program, room_of
from infra.backup.second_copy import SecondCopy
from infra.host.docker_api import place_of
from infra.host.interruption import undisturbed
from infra.host.locks import host_lock
from infra.model.errors import Cancelled
from infra.model.recovery.repository import Repository
from infra.model.recovery.window import measure
from infra.model.stack import Stack

_SIDE_BY_SIDE_SECONDS = 3
_AGAIN = "nothing else was touched; the same command begins anew"


def plan(
    stack: Stack, instance: str, target: Target, *, in_place: bool = False, second_copy: SecondCopy | None = None
) -> RestorePlan:
    """What the restore would take. Raises ImpossibleTarget, MissingWal, and ResourceError where a copy has no room.

    A restore in place looks for itself: its room is the instance's own volume.
    """
    listing = second_copy.listing if second_copy else LISTING
    with repository_program(stack, instance, second_copy) as program:
        try:
            wanted = _plan_now(stack, program, target, listing)
        except MissingWal:
            # Segments are archived side by side, so that a later one may be there for a moment before an earlier one.
            time.sleep(_SIDE_BY_SIDE_SECONDS)
            wanted = _plan_now(stack, program, target, listing)
        if not in_place:
            require_space(instance, wanted.space, free_bytes(program.container, ENGINE), STORAGE)
    return wanted


def _plan_now(stack: Stack, program: PgBackRest, target: Target, listing: str) -> RestorePlan:
    repository = read_repository(program)
    point = _named_point(program, repository, target) if target.kind == "name" else None
    return _plan(stack, repository, target, point, listing)


def _plan(stack: Stack, repository: Repository, target: Target, point: NamedPoint | None, listing: str) -> RestorePlan:
    """Of the current cluster, or of a former one that the target leads to. Raises ImpossibleTarget."""
    refusals = list[ImpossibleTarget]()
    for each in (repository, *repository.former):
        try:
            window = measure(each, stack.backups.archived_fulls)
            return plan_restore(each, window, target, point, listing=listing)
        except ImpossibleTarget as refusal:
            refusals.append(refusal)
    hints = [refusals[0].hint, *(f"of a former cluster, {refusal.hint}" for refusal in refusals[1:])]
    raise ImpossibleTarget(refusals[0].message, "; ".join(hints))


def _named_point(program: PgBackRest, repository: Repository, target: Target) -> NamedPoint | None:
    """None where nobody can look, and the newest backup is tried. Raises ImpossibleTarget for one that is not there."""
    try:
        found = find_point(program, repository, target.text)
    except Unfetched:
        return None
    if found is None:
        raise ImpossibleTarget(
            f"{repository.stanza}: no restore point '{target.text}' is in the archive",
            f"one that was just made is there after `aqdata backup check -i {repository.stanza}`",
        )
    return found


def order(stack: Stack, wanted: RestorePlan, second_copy: SecondCopy | None = None) -> CopyOrder:
    """The order for a restore with the image that the instance runs."""
    return CopyOrder(stack, wanted, room_of(stack, wanted.instance).image, second_copy)


@contextmanager
def restored(wanted: CopyOrder, on_progress: OnProgress, *, keep: bool) -> Iterator[RestoredCopy]:
    """A copy that has reached its target; kept only when asked for and whole. One restore of an instance at a time."""
    copy = RestoredCopy(wanted)
    with one_restore_at_a_time(wanted.stack, wanted.instance, on_progress):
        try:
            with _storage(wanted):
                copy.restore(on_progress)
                copy.serve()
                await_promotion(copy.container, wanted.plan.end)
            yield copy
        except BaseException as error:
            with undisturbed():
                copy.remove(interrupted=True)
            if isinstance(error, KeyboardInterrupt):
                raise Cancelled(f"Stopped: the copy of {wanted.instance} is removed.", _AGAIN) from None
            raise
    if not keep:
        with undisturbed():
            copy.remove()


def _storage(wanted: CopyOrder) -> AbstractContextManager[None]:
    """Looked for once more: since the plan was made, another restore may have taken it."""

    def free() -> int:
        with repository_program(wanted.stack, wanted.instance) as program:
            return free_bytes(program.container, ENGINE)

    return promised(wanted.instance, wanted.plan.space, free, str(place_of(wanted.room.server)))


@contextmanager
def one_restore_at_a_time(stack: Stack, instance: str, on_progress: OnProgress) -> Iterator[None]:
    """Two at once would compete for memory and disk that each of them was promised."""

    def waiting() -> None:
        on_progress("another restore of this instance runs, waiting")

    with host_lock(f"restore-{stack.physical(instance)}", on_wait=waiting):
        yield
