"""Break a copy of a stack in every known way, and see whether the verifier notices."""

from __future__ import annotations

import fnmatch
import json
import time
from collections import Counter
from dataclasses import asdict
from typing import Annotated

import typer

from cli import console
from cli.display.printing import print_text
from cli.options import DEFAULT_STACK, AsJson, BackendFolder, ConfigFile, StackName
from cli.stack_access import StackAccess
from infra.model.errors import ConfigurationError
from policies.mutants.mutant import Mutant, load_mutants
from policies.mutants.trial import Outcome, Trial

ALL_NOTICED, WEAK, COULD_NOT_TRY = 0, 1, 3

app = typer.Typer()


@app.command()
def run(  # noqa: PLR0917 one parameter for each option
    stack: StackName = DEFAULT_STACK,
    only: Annotated[
        list[str] | None, typer.Option("--only", envvar="AQDATA_ONLY", help="Only mutants whose id or place is so.")
    ] = None,
    list_them: Annotated[bool, typer.Option("--list", help="List the mutants and change nothing.")] = False,
    in_place: Annotated[
        bool, typer.Option("--in-place", hidden=True, help="Break the stack itself, which is not in production.")
    ] = False,
    as_json: AsJson = False,
    config_file: ConfigFile = None,
    backend: BackendFolder = None,
) -> None:
    """Break a copy of a stack in every known way, and see whether the verifier notices.

    Exit code 0 when every mutant is noticed and no harmless change alarms, 1 otherwise, 3 when one could not be tried.
    """
    mutants = _chosen(only or [])
    if list_them:
        for mutant in mutants:
            kind = "harmless" if mutant.is_harmless else mutant.change.place
            print_text(console.results(), f"{kind:<11}{mutant.id:<40}{mutant.change.about}")
        return
    start = time.monotonic()
    trials = _trials(StackAccess(stack, config_file, backend), mutants, in_place)
    if as_json:
        typer.echo(json.dumps({"version": 1, "trials": [asdict(trial) for trial in trials]}, indent=2))
    else:
        _print(trials, time.monotonic() - start)
    outcomes = Counter(trial.outcome for trial in trials)
    weak = sum(count for outcome, count in outcomes.items() if not outcome.is_good and outcome is not Outcome.BROKEN)
    raise typer.Exit(WEAK if weak else COULD_NOT_TRY if outcomes[Outcome.BROKEN] else ALL_NOTICED)


def _chosen(globs: list[str]) -> list[Mutant]:
    mutants = [
        mutant
        for mutant in load_mutants()
        if not globs
        or any(fnmatch.fnmatch(name, glob) for name in (mutant.id, mutant.change.place) for glob in globs)
        or (mutant.is_harmless and "harmless" in globs)
    ]
    if not mutants:
        raise ConfigurationError(f"--only: no mutant is called {' or '.join(globs)}", "`aqdata selftest --list`")
    return mutants


def _trials(access: StackAccess, mutants: list[Mutant], in_place: bool) -> list[Trial]:
    from cli.disposable import disposable  # noqa: PLC0415 an engine, which --list need not load
    from cli.selftest import SelfTest  # noqa: PLC0415

    if in_place:
        if access.declared.is_production:
            raise ConfigurationError("--in-place breaks the stack itself", f"not {access.name}: it is in production")
        return SelfTest(access).run(mutants, _report)
    with disposable(access.declared, access.config_file, "selftest") as copy:
        return SelfTest(copy).run(mutants, _report)


def _report(trial: Trial) -> None:
    style = "green" if trial.outcome.is_good else "bold red"
    where = f" on {trial.where}" if trial.where else ""
    why = f" by {', '.join(trial.rules[:3])}" if trial.rules else ""
    print_text(console.progress(), f"{trial.outcome.value:<10} {trial.mutant}{where}{why}", style)
    if not trial.outcome.is_good and trial.detail:
        print_text(console.progress(), f"           {trial.detail}", "dim")


def _print(trials: list[Trial], seconds: float) -> None:
    out = console.results()
    for trial in trials:
        if not trial.outcome.is_good:
            print_text(out, f"{trial.outcome.value}: {trial.mutant} {trial.where} {trial.detail}".rstrip(), "bold red")
    for place in dict.fromkeys(trial.place for trial in trials):
        ours = [trial for trial in trials if trial.place == place]
        good = sum(trial.outcome.is_good for trial in ours)
        rate = 60 * len(ours) / max(0.1, sum(trial.seconds for trial in ours))
        print_text(out, f"{place}: {good} of {len(ours)} as they should be, {rate:.0f} a minute")
    harmful = [trial for trial in trials if trial.outcome not in (Outcome.QUIET, Outcome.FALSE_ALARM)]
    noticed = sum(trial.outcome is Outcome.NOTICED for trial in harmful)
    print_text(out, f"score: {noticed} of {len(harmful)} mutants noticed, in {seconds:.0f} s", "bold")
