"""Judge a stack against what is declared: its plan, its SQL and the running system."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from cli import options
from cli.planes import Request, gather
from cli.report.baseline import read_baseline
from cli.report.formats import destinations, write
from cli.stack_access import StackAccess
from infra.model.errors import ConfigurationError
from infra.model.loading import load_intent
from infra.model.recovery.evidence import EVIDENCE
from policies.evaluate import evaluate, select
from policies.facts.facts import PLANES, Plane
from policies.rule import Rule, Severity, load_rules
from policies.suppression import load_suppressions
from policies.verification import Verification, set_aside

app = typer.Typer()

Planes = Annotated[list[str] | None, typer.Option("--plane", envvar="AQDATA_PLANE", help="plan, rendered-sql or live.")]
Only = Annotated[
    list[str] | None, typer.Option("--only", envvar="AQDATA_ONLY", help="Only rules or parts like this: cache,objects.")
]
FailOn = Annotated[str, typer.Option("--fail-on", envvar="AQDATA_FAIL_ON", help="The least severity that fails.")]
Formats = Annotated[
    list[str] | None,
    typer.Option(
        "--format",
        envvar="AQDATA_FORMAT",
        help="A format, or format=path; repeatable. With files only, `human` is printed too.",
    ),
]
ReadOnly = Annotated[bool, typer.Option("--read-only", envvar="AQDATA_READ_ONLY", help="Try nothing that writes.")]
Baseline = Annotated[
    Path | None, typer.Option("--baseline", envvar="AQDATA_BASELINE", help="A JSON report whose failures are known.")
]

Schema = Annotated[bool, typer.Option("--schema", help="Print the JSON report's schema and stop.")]


@app.command()
def verify(  # noqa: PLR0917 one parameter for each option
    stack: options.StackName = options.DEFAULT_STACK,
    plane: Planes = None,
    only: Only = None,
    fail_on: FailOn = "low",
    format_: Formats = None,
    read_only: ReadOnly = False,
    baseline: Baseline = None,
    evidence: options.Evidence = EVIDENCE,
    schema: Schema = False,
    config_file: options.ConfigFile = None,
    backend: options.BackendFolder = None,
) -> None:
    """Judge a stack against what is declared: its plan, its SQL and the running system.

    Exit code 0 when everything passed, 1 with findings, 2 on wrong usage, 3 when something could not be checked.
    """
    if schema:
        print_schema()
        return
    where = destinations(format_ or ())
    planes = tuple(_plane(name) for name in plane or PLANES)
    rules = chosen_rules(only or [])
    known = read_baseline(baseline) if baseline else ()
    require_folder(evidence)
    intent = load_intent(stack, config_file)
    parts = frozenset(rule.scope.part for rule in rules)
    request = Request(StackAccess(stack, config_file, backend), intent, parts, read_only, evidence)
    verification = judge(planes, rules, request, severity(fail_on))
    verification = set_aside(verification, load_suppressions(), known)
    write(verification, where)
    raise typer.Exit(verification.exit_code)


def require_folder(evidence: Path) -> None:
    """Raises ConfigurationError where another folder than the default is named and not there."""
    if evidence != EVIDENCE and not evidence.is_dir():
        raise ConfigurationError(
            f"--evidence: there is no folder {evidence}; expected that of the drills' reports",
            f"give the folder that drills were given, or make one: aqdata drill --all --evidence {evidence}",
        )


def print_schema() -> None:
    """The shape of `--format json`, as docs/verify.schema.json has it."""
    from cli.report.schema import schema  # noqa: PLC0415 models that a verification need not load

    typer.echo(json.dumps(schema(), indent=2))


def judge(planes: tuple[Plane, ...], rules: tuple[Rule, ...], request: Request, fail_on: Severity) -> Verification:
    """Gather each plane's facts and put every rule to them."""
    started = datetime.now(UTC)
    gathered = {plane: gather(plane, request) for plane in planes}
    facts = {plane: found for plane, (found, _) in gathered.items()}
    return Verification(
        stack=request.intent.stack.name,
        started=started,
        rules=rules,
        results=tuple(result for found in facts.values() for result in evaluate(rules, found)),
        fail_on=fail_on,
        seconds={plane: seconds for plane, (_, seconds) in gathered.items()},
        facts=facts,
    )


def chosen_rules(globs: list[str]) -> tuple[Rule, ...]:
    """The rules that any of the globs matches. Raises ConfigurationError where none does."""
    rules = select(load_rules(), globs)
    if not rules:
        raise ConfigurationError(f"--only: no rule is called {' or '.join(globs)}", "`aqdata rules list` names them")
    return rules


def severity(text: str) -> Severity:
    """The severity of that name. Raises ConfigurationError naming all."""
    try:
        return Severity[text.upper()]
    except KeyError:
        names = ", ".join(level.label for level in Severity)
        raise ConfigurationError(f"--fail-on: '{text}' is no severity; expected one of {names}") from None


def _plane(text: str) -> Plane:
    for plane in PLANES:
        if plane == text:
            return plane
    raise ConfigurationError(f"--plane: '{text}' is no plane; expected one of {', '.join(PLANES)}")
