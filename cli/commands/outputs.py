"""Print a stack's outputs: endpoints, the certificate authority, credentials."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from cli import console
from cli.display.printing import print_text
from cli.options import DEFAULT_STACK, AsJson, BackendFolder, ConfigFile, StackName
from cli.stack_access import StackAccess
from infra.model.errors import ConfigurationError

app = typer.Typer()


@app.command()
def run(
    *,
    name: Annotated[str | None, typer.Argument(help="One output; all when none is named.")] = None,
    stack: StackName = DEFAULT_STACK,
    as_json: AsJson = False,
    show_secrets: Annotated[
        bool, typer.Option("--show-secrets", envvar="AQDATA_SHOW_SECRETS", help="Print secrets in plain text.")
    ] = False,
    config_file: ConfigFile = None,
    backend: BackendFolder = None,
) -> None:
    """Print a stack's outputs; secrets are masked unless --show-secrets is given."""
    outputs = StackAccess(stack, config_file, backend).engine.outputs()
    shown = {key: output.value if show_secrets else output.shown for key, output in outputs.items()}
    if name is not None and name not in shown:
        raise ConfigurationError(f"stack {stack} has no output {name}", f"outputs: {', '.join(shown) or 'none'}")
    chosen = shown if name is None else shown[name]
    if as_json:
        typer.echo(json.dumps(chosen, indent=2))
    elif name is not None:
        typer.echo(chosen if isinstance(chosen, str) else json.dumps(chosen))
    else:
        for key, value in shown.items():
            text = value if isinstance(value, str) else json.dumps(value, indent=2)
            print_text(console.results(), key, "bold")
            print_text(console.results(), text)
