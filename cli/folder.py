"""Commands that are files of `cli/commands`, listed without being imported."""

from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from cli.next_step import STACK, for_stack
from infra.model.errors import AqdataError, Cancelled

FOLDER = Path(__file__).parent / "commands"
_ROOT_OPTIONS = ("install_completion", "show_completion")


class CommandFolder(TyperGroup):
    """A group with one command per file; the file's first docstring line is the command's help."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        self.commands = {name: TyperCommand(name=name, callback=None, help=text) for name, text in _listed().items()}

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The real command in place of the listed one."""
        name, listed, rest = super().resolve_command(ctx, args)
        return name, listed and load_command(str(name)), rest

    def invoke(self, ctx: Any) -> Any:
        """Have errors name the stack in their next steps, and make Ctrl-C one; typer would make it exit code 130."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            raise Cancelled("Stopped before the end.", "The same command goes on from here.") from None
        except AqdataError as error:
            if stack := ctx.meta.get(STACK):
                error.hint = for_stack(error.hint, stack, self)
            raise


def load_command(name: str) -> Any:
    """Import a command's module and make its command line."""
    module = import_module(f"cli.commands.{name.replace('-', '_')}")
    command = typer.main.get_command(module.app)
    command.name = name
    command.params = [option for option in command.params if option.name not in _ROOT_OPTIONS]
    return command


@cache
def _listed() -> dict[str, str]:
    modules = (path for path in sorted(FOLDER.glob("*.py")) if path.stem != "__init__")
    return {path.stem.replace("_", "-"): _first_line(path) for path in modules}


def _first_line(path: Path) -> str:
    with path.open() as source:
        return source.readline().strip().strip('"')
