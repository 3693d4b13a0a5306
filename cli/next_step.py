"""What an error says to do next, for the stack that its command was about."""

import re
from collections.abc import Sequence
from typing import Any

from typer.core import TyperGroup

STACK = "aqdata.stack"
"""In the `meta` of a command's context: the stack that it is about, where that is not the default."""
_EACH_COMMAND = re.compile(r"(?=\baqdata )")
_WORDS = re.compile(r"aqdata((?: [a-z][a-z-]*)+)")
_NAMES_STACK = re.compile(r"[^`;,|&\n]* (--stack|-s)\b")


def for_stack(hint: str, stack: str, root: TyperGroup) -> str:
    """The hint with `--stack` in each of its commands that takes one and names none."""
    return "".join(_for_stack(piece, stack, root) for piece in _EACH_COMMAND.split(hint))


def _for_stack(text: str, stack: str, root: TyperGroup) -> str:
    words = _WORDS.match(text)
    called = _called(root, words[1].split()) if words and not _NAMES_STACK.match(text) else ()
    if not called:
        return text
    command = " ".join(("aqdata", *called))
    return f"{command} --stack {stack}{text.removeprefix(command)}"


def _called(command: Any, words: Sequence[str], before: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Those of the words that call a command which takes `--stack`; none where they call no such."""
    if isinstance(command, TyperGroup) and words:
        context = command.make_context(command.name, [], resilient_parsing=True)
        _, found, rest = command.resolve_command(context, list(words))
        return _called(found, rest, (*before, words[0]))
    takes_stack = command is not None and any("--stack" in option.opts for option in command.params)
    return before if takes_stack else ()
