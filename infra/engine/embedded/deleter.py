"""Deletes resources side by side, each as soon as everything that needs it is gone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

from infra.engine.embedded.execute import Executor
from infra.engine.embedded.graph import blockers
from infra.engine.embedded.resource import Resource
from infra.engine.embedded.step import Step
from infra.model.errors import AqdataError


def delete_all(
    executor: Executor, steps: Sequence[Step], listing: Sequence[Resource], owed: Sequence[Resource], parallel: int
) -> None:
    """Do all deletions, dependents first. What a failed one needs is left where it is, and remains.

    `listing` has the resources in dependency order; `owed` may exist as well, and keeps what it needs. Failures are
    remembered by the executor.
    """
    executor.doom(steps)
    by_identity = {id(step.resource): step for step in steps}
    blocking = blockers([*listing, *owed])
    heeded = {*by_identity, *map(id, owed)}
    waiting = {key: blocking.get(key, set()) & heeded for key in by_identity}
    with ThreadPoolExecutor(parallel, thread_name_prefix="delete") as pool:
        _run(waiting, lambda key: pool.submit(_delete, executor, by_identity[key]))
    executor.remaining.extend(by_identity[key].urn for key in waiting)


def _run(waiting: dict[int, set[int]], submit: Callable[[int], Future[bool]]) -> None:
    running: dict[Future[bool], int] = {}
    while True:
        for key in [key for key, blocked_by in waiting.items() if not blocked_by]:
            del waiting[key]
            running[submit(key)] = key
        if not running:
            return
        done, _ = wait(running, return_when=FIRST_COMPLETED)
        for future in done:
            key = running.pop(future)
            if future.result():
                for blocked_by in waiting.values():
                    blocked_by.discard(key)


def _delete(executor: Executor, step: Step) -> bool:
    """Whether the resource is gone."""
    try:
        executor.run(step.urn, [step])
    except AqdataError:
        return False
    return True
