"""Options that several commands share. Each has an AQDATA_* variable; the flag wins over it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.next_step import STACK
from infra.engine.interface import DEFAULT_PARALLEL

DEFAULT_STACK = "dev"


def _noted(context: typer.Context, stack: str) -> str:
    if stack != DEFAULT_STACK:
        context.meta[STACK] = stack
    return stack


StackName = Annotated[
    str, typer.Option("--stack", "-s", envvar="AQDATA_STACK", callback=_noted, help="The environment.")
]
ConfigFile = Annotated[
    Path | None,
    typer.Option("--config-file", envvar="AQDATA_CONFIG_FILE", hidden=True, help="Instead of stacks/Pulumi.*.yaml."),
]
FromFolder = Annotated[
    str, typer.Option("--from", envvar="AQDATA_FROM", help="A folder with exports, instead of the object store.")
]
BackendFolder = Annotated[
    Path | None, typer.Option("--backend", envvar="AQDATA_BACKEND", hidden=True, help="Folder of the states.")
]
Targets = Annotated[
    list[str] | None,
    typer.Option("--target", "-t", envvar="AQDATA_TARGET", help="Only this URN (or name); `*` and `**` match."),
]
TargetDependents = Annotated[
    bool, typer.Option("--target-dependents", envvar="AQDATA_TARGET_DEPENDENTS", help="And what depends on it.")
]
Replaces = Annotated[
    list[str] | None, typer.Option("--replace", envvar="AQDATA_REPLACE", help="Replace this URN (or name).")
]
Parallel = Annotated[
    int,
    typer.Option("--parallel", "-p", envvar="AQDATA_PARALLEL", min=1, help="Resources worked on at once."),
]
Yes = Annotated[bool, typer.Option("--yes", "-y", envvar="AQDATA_YES", help="Do not ask.")]
AsJson = Annotated[bool, typer.Option("--json", envvar="AQDATA_JSON", help="JSON on stdout.")]
ExpectNoChanges = Annotated[
    bool,
    typer.Option("--expect-no-changes", envvar="AQDATA_EXPECT_NO_CHANGES", help="Exit with 7 when there are changes."),
]
Evidence = Annotated[
    Path, typer.Option("--evidence", envvar="AQDATA_EVIDENCE", help="Folder of drills' reports, one below it a stack.")
]
Message = Annotated[str, typer.Option("--message", "-m", envvar="AQDATA_MESSAGE", help="Kept in the history.")]

PARALLEL = DEFAULT_PARALLEL
