"""The verification for a terminal: worst first, grouped by rule, each group with its fix."""

from collections.abc import Iterable
from io import StringIO
from itertools import groupby

from rich.console import Console
from rich.markup import escape

from policies.evaluate import Result, Verdict
from policies.rule import Severity
from policies.verification import Verification

_COLOURS = {
    Severity.CRITICAL: "bold red",
    Severity.HIGH: "red",
    Severity.MEDIUM: "yellow",
    Severity.LOW: "cyan",
    Severity.INFO: "dim",
}
_SHOWN = 8


def render(verification: Verification, console: Console | None = None) -> str:
    """The report as text; printed with colours where a console is given."""
    target = console or Console(file=StringIO(), width=160, no_color=True)
    for line in _lines(verification):
        target.print(line, highlight=False, soft_wrap=True)
    return target.file.getvalue() if isinstance(target.file, StringIO) else ""


def _lines(verification: Verification) -> Iterable[str]:
    yield from _groups(verification, verification.findings)
    yield from _missing(verification)
    yield from _asides(verification)
    yield _summary(verification)


def _groups(verification: Verification, findings: Iterable[Result]) -> Iterable[str]:
    for identifier, group in groupby(findings, key=lambda found: found.rule):
        rule, results = verification.rule(identifier), list(group)
        colour = _COLOURS[rule.severity]
        yield f"[{colour}]{rule.severity.label:>8}[/]  [bold]{identifier}[/]  {escape(rule.title)}"
        for found in results[:_SHOWN]:
            yield f"          {escape(found.object)}: {escape(found.message)} [dim]({found.plane})[/]"
        if len(results) > _SHOWN:
            yield f"          and {len(results) - _SHOWN} more"
        yield f"          [green]fix:[/] {escape(' '.join(rule.fix.split()))}"
        yield ""


def _missing(verification: Verification) -> Iterable[str]:
    by_reason: dict[tuple[str, str], list[str]] = {}
    for found in verification.unevaluated:
        by_reason.setdefault((found.object, found.message), []).append(found.rule)
    for (where, reason), rules in by_reason.items():
        yield f"[magenta] unknown[/]  {escape(where)}: {escape(reason)}"
        yield f"          not evaluated: {_several(rules)}"
    if by_reason:
        yield ""


def _several(rules: list[str]) -> str:
    named = ", ".join(sorted(set(rules))[:4])
    return named if len(set(rules)) <= 4 else f"{named} and {len(set(rules)) - 4} more rules"


def _asides(verification: Verification) -> Iterable[str]:
    for found, why in verification.suppressed:
        yield f"[dim]suppressed until {why.until}: {found.rule} on {escape(found.object)}: {escape(why.reason)}[/]"
    for stale, problem in verification.stale:
        yield f"[yellow]suppression of {stale.rule} on {escape(stale.object)} {problem}[/]"
    if verification.known:
        yield f"[dim]{len(verification.known)} failures are in the baseline[/]"


def _summary(verification: Verification) -> str:
    counts = verification.counts
    parts = [f"{counts[verdict]} {_WORDS[verdict]}" for verdict in Verdict]
    times = ", ".join(f"{plane} {verification.seconds[plane]:.1f} s" for plane in verification.planes)
    return f"[bold]{_VERDICTS[verification.exit_code]}[/] {verification.stack}: {', '.join(parts)} ({times})"


_WORDS = {
    Verdict.PASS: "passed",
    Verdict.FAIL: "failed",
    Verdict.UNKNOWN: "could not be evaluated",
    Verdict.NOT_APPLICABLE: "not applicable",
}
_VERDICTS = {0: "[green]VERIFIED[/]", 1: "[red]FAILED[/]", 3: "[magenta]NOT VERIFIED[/]"}
