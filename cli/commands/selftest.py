"""Break a copy of a stack in every known way, and see whether the verifier notices."""

from __future__ import annotations

import fnmatch
from typing import Annotated

import typer

from cli import console
from cli.display.printing import print_text
from cli.display.score import FORMATS, show_trial
from cli.options import DEFAULT_STACK, BackendFolder, ConfigFile, StackName
from cli.stack_access import StackAccess
from infra.model.errors import ConfigurationError
from policies.mutants.mutant import Mutant, load_mutants
from policies.mutants.score import Score

app = typer.Typer()


@app.command()
def run(  # noqa: PLR0917 one parameter for each option
    stack: StackName = DEFAULT_STACK,
    only: Annotated[
        list[str] | None, typer.Option("--only", envvar="AQDATA_ONLY", help="Only mutants whose id or place is so.")
    ] = None,
    jobs: Annotated[
        int, typer.Option("--jobs", "-j", envvar="AQDATA_JOBS", min=1, help="Servers that are worked on at a time.")
    ] = 4,
    list_them: Annotated[bool, typer.Option("--list", help="List the mutants and change nothing.")] = False,
    format_: Annotated[str, typer.Option("--format", envvar="AQDATA_FORMAT", help="human or json.")] = "human",
    in_place: Annotated[
        bool, typer.Option("--in-place", hidden=True, help="Break the stack itself, which is not in production.")
    ] = False,
    config_file: ConfigFile = None,
    backend: BackendFolder = None,
) -> None:
    """Break a copy of a stack in every known way, and see whether the verifier notices.

    Exit code 0 when every mutant is noticed and no harmless change alarms, 1 otherwise, 3 when one could not be tried.
    """
    if format_ not in FORMATS:
        raise ConfigurationError(f"--format: '{format_}' is no format; expected one of {', '.join(FORMATS)}")
    mutants = _chosen(only or [])
    if list_them:
        for mutant in mutants:
            kind = "harmless" if mutant.is_harmless else mutant.change.place
            print_text(console.results(), f"{kind:<11}{mutant.id:<40}{mutant.change.about}")
        return
    score = _score(StackAccess(stack, config_file, backend), mutants, jobs, in_place)
    FORMATS[format_](score)
    raise typer.Exit(score.exit_code)


def _chosen(globs: list[str]) -> list[Mutant]:
    mutants = [mutant for mutant in load_mutants() if not globs or any(_is_called(mutant, glob) for glob in globs)]
    if not mutants:
        raise ConfigurationError(f"--only: no mutant is called {' or '.join(globs)}", "`aqdata selftest --list`")
    return mutants


def _is_called(mutant: Mutant, glob: str) -> bool:
    if mutant.is_harmless and glob == "harmless":
        return True
    return any(fnmatch.fnmatchcase(name, glob) for name in (mutant.id, mutant.change.place))


def _score(access: StackAccess, mutants: list[Mutant], jobs: int, in_place: bool) -> Score:
    from cli.disposable import disposable  # noqa: PLC0415 an engine, which --list need not load
    from cli.selftest import SelfTest  # noqa: PLC0415

    if in_place:
        if access.declared.is_production:
            raise ConfigurationError("--in-place breaks the stack itself", f"not {access.name}: it is in production")
        return SelfTest(access, jobs, show_trial).run(mutants)
    with disposable(access.declared, access.config_file, "selftest") as copy:
        return SelfTest(copy, jobs, show_trial).run(mutants)
