"""A self-test as it runs and as it ended, for the terminal and as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict

import typer

from cli import console
from cli.display.printing import print_text
from policies.mutants.score import Score
from policies.mutants.trial import Trial


def show_trial(trial: Trial) -> None:
    """One line on stderr, with the reason where the verifier was wrong."""
    style = "green" if trial.outcome.is_good else "bold red"
    print_text(console.progress(), _line(trial), style)
    if trial.detail and not trial.outcome.is_good:
        print_text(console.progress(), f"           {trial.detail}", "dim")


def _line(trial: Trial) -> str:
    where = f" on {trial.where}" if trial.where else ""
    rules = f" by {', '.join(trial.rules[:3])}" if trial.rules else ""
    return f"{trial.outcome.value:<10} {trial.mutant}{where}{rules}"


def print_score(score: Score) -> None:
    """Every fault, a line for each place, and the score."""
    out = console.results()
    for trial in score.faults:
        print_text(out, f"{_line(trial)}: {trial.detail}".rstrip(": "), "bold red")
    for result in score.residue:
        print_text(out, f"left behind: {result.rule} on {result.object}: {result.message}", "bold red")
    for trial in score.not_run:
        print_text(out, f"not run: {trial.mutant}: {trial.detail}", "yellow")
    for row in score.rows:
        print_text(out, f"{row.place:<11}{row.good:>4} of {row.tried:<4}as they should be, {row.rate:.0f} a minute")
    print_text(
        out,
        f"score: {score.noticed} of {len(score.mutants)} mutants noticed, "
        f"{score.quiet} of {len(score.harmless)} harmless changes left alone, in {score.seconds:.0f} s",
        "bold",
    )


def print_json(score: Score) -> None:
    """The score and every trial."""
    content = {
        "version": 1,
        "mutants": len(score.mutants),
        "noticed": score.noticed,
        "harmless": len(score.harmless),
        "quiet": score.quiet,
        "seconds": round(score.seconds, 1),
        "places": [asdict(row) for row in score.rows],
        "residue": [{"rule": each.rule, "object": each.object, "message": each.message} for each in score.residue],
        "trials": [asdict(trial) for trial in score.trials],
        "exitCode": score.exit_code,
    }
    typer.echo(json.dumps(content, indent=2))


FORMATS: Mapping[str, Callable[[Score], None]] = {"human": print_score, "json": print_json}
