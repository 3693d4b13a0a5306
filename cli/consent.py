"""Asks before something is changed or destroyed."""

from __future__ import annotations

import sys

import typer

from cli import console
from infra.model.errors import Cancelled, ConfigurationError


def is_interactive() -> bool:
    """Whether somebody sits at a terminal and can be asked."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def ask(question: str, *, yes: bool) -> None:
    """Go on when the user agrees; raises Cancelled when not, ConfigurationError when nobody can be asked."""
    if yes:
        return
    if not is_interactive():
        raise ConfigurationError("this needs a yes, and there is no terminal to ask at", "add --yes")
    if not typer.confirm(question, err=True):
        raise Cancelled("Nothing was changed.")


def ask_for_name(name: str, *, confirmed: str, warning: str) -> None:
    """Go on when the name of what is at stake was given or is typed; raises ConfigurationError otherwise."""
    typed = confirmed
    if not typed and is_interactive():
        console.progress().print(f"[bold red]{warning}[/bold red]")
        typed = str(typer.prompt(f"Type its name to go on ({name})", default="", show_default=False, err=True))
    if typed != name:
        raise ConfigurationError(f"{warning} Its name has to be given.", f"add --confirm {name}")
