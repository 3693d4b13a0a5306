"""Every command of the server tried dry for a user: the ACL's own answer, whatever its rules look like."""

from collections.abc import Iterator, Mapping
from typing import Any

from policies.sources.live.cache.session import Session

_DENIED = "no permissions to run"


def command_arities(session: Session) -> dict[str, int]:
    """Command or `container|subcommand` -> its arity, as the server itself lists them."""
    return dict(_listed(session.run("COMMAND")))


def allowed_commands(session: Session, user: str, arities: Mapping[str, int]) -> frozenset[str]:
    """The commands that the user may run on some key: anything but a refusal of the command itself."""
    names = list(arities)
    dry_runs = [("ACL", "DRYRUN", user, *name.split("|"), *_arguments(name, arities[name])) for name in names]
    answers = session.answers(dry_runs)
    return frozenset(name for name, answer in zip(names, answers, strict=True) if _DENIED not in str(answer))


def _listed(commands: Any) -> Iterator[tuple[str, int]]:
    for entry in commands:
        name, arity, subcommands = entry[0], entry[1], entry[-1]
        if isinstance(subcommands, list) and subcommands and isinstance(subcommands[0], list):
            yield from _listed(subcommands)
        else:
            yield name, arity


def _arguments(name: str, arity: int) -> list[str]:
    """As many arguments as the command needs at least; without them the server would not look at rights."""
    return ["1"] * (abs(arity) - 1 - name.count("|"))
