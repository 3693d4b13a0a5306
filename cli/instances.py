"""The PostgreSQL instances a command is about, and work done on each of them side by side."""

from collections.abc import Callable
from typing import TypeVar

from infra.backup.pgbackrest import PgBackRest
from infra.backup.primary import server_of
from infra.host.interruption import interruptible_threads
from infra.model.errors import AqdataError, ConfigurationError
from infra.model.stack import Stack

T = TypeVar("T")


def chosen_instances(stack: Stack, names: list[str] | None) -> list[str]:
    """The named instances, or all. Raises ConfigurationError for one that is not declared."""
    for name in names or ():
        if name not in stack.instances:
            raise ConfigurationError(
                f"--instance: '{name}' is no instance of {stack.name}", f"instances: {', '.join(stack.instances)}"
            )
    return list(dict.fromkeys(names or stack.instances))


def program_of(stack: Stack, instance: str) -> PgBackRest:
    """pgBackRest in the instance's container."""
    return PgBackRest(server_of(stack, instance), instance)


def side_by_side(instances: list[str], work: Callable[[str], T]) -> dict[str, T]:
    """What the work gave for each instance. Raises the failures of all of them as one.

    An interrupt waits until each has put things right.
    """
    with interruptible_threads(len(instances)) as pool:
        futures = {name: pool.submit(work, name) for name in instances}
    failures = [error for future in futures.values() if (error := future.exception())]
    for failure in failures:
        if not isinstance(failure, AqdataError):
            raise failure
    if len(failures) == 1:
        raise failures[0]
    if failures:
        raise _joined([failure for failure in failures if isinstance(failure, AqdataError)])
    return {name: future.result() for name, future in futures.items()}


def _joined(failures: list[AqdataError]) -> AqdataError:
    joined = type(failures[0])("\n".join(failure.message for failure in failures), failures[0].hint)
    joined.exit_code = max(failure.exit_code for failure in failures)
    return joined
