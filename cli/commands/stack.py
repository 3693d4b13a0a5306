"""List stacks, export or import a stack's state, take the protection from a resource, and forget a lost host."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from cli import console
from cli.consent import ask, ask_for_name
from cli.display.printing import print_text
from cli.options import DEFAULT_STACK, AsJson, BackendFolder, ConfigFile, StackName, Yes
from cli.protection import unprotect
from cli.stack_access import StackAccess
from infra.engine import StackSummary
from infra.engine.loading import load
from infra.model.errors import ConfigurationError
from infra.model.loading import stack_names

app = typer.Typer(no_args_is_help=True)


@app.command("ls")
def list_stacks(as_json: AsJson = False, backend: BackendFolder = None) -> None:
    """The stacks that have a file or a state, when they were last deployed, and how large they are."""
    declared = stack_names()
    deployed = {each.name: each for each in _any_stack(declared, backend).engine.stacks()}
    summaries = [deployed.get(name, StackSummary(name, "", 0)) for name in sorted({*declared, *deployed})]
    if as_json:
        typer.echo(json.dumps([_row(each) for each in summaries], indent=2))
    else:
        table = Table(box=None, padding=(0, 2, 0, 0))
        for heading in ("stack", "last deployed", "resources"):
            table.add_column(heading)
        for each in summaries:
            when = "cannot be read" if each.trouble else each.last_update or "never"
            table.add_row(each.name, when, "?" if each.trouble else str(each.resource_count))
        console.results().print(table)
    troubles = [each.trouble for each in summaries if each.trouble]
    for trouble in troubles:
        console.report_error(trouble.message, trouble.hint)
    if troubles:
        raise typer.Exit(troubles[0].exit_code)


def _row(stack: StackSummary) -> dict[str, str | int | None]:
    if stack.trouble:
        return {"name": stack.name, "lastUpdate": None, "resourceCount": None, "trouble": stack.trouble.message}
    return {"name": stack.name, "lastUpdate": stack.last_update or None, "resourceCount": stack.resource_count}


@app.command("export")
def export_state(
    stack: StackName = DEFAULT_STACK,
    show_secrets: Annotated[
        bool, typer.Option("--show-secrets", envvar="AQDATA_SHOW_SECRETS", help="Decrypt the secrets.")
    ] = False,
    file: Annotated[Path | None, typer.Option("--file", help="Instead of stdout; only its owner reads it.")] = None,
    config_file: ConfigFile = None,
    backend: BackendFolder = None,
) -> None:
    """Print a stack's state as `pulumi stack export` does; secrets stay encrypted."""
    state = StackAccess(stack, config_file, backend).engine.export(show_secrets=show_secrets)
    text = json.dumps(state, indent=4)
    if file is None:
        typer.echo(text)
        return
    _write_for_its_owner(file, f"{text}\n")


@app.command("import")
def import_state(
    stack: StackName = DEFAULT_STACK,
    yes: Yes = False,
    file: Annotated[Path | None, typer.Option("--file", help="Instead of stdin.")] = None,
    config_file: ConfigFile = None,
    backend: BackendFolder = None,
) -> None:
    """Replace a stack's state by what `export` gave."""
    source = "stdin" if file is None else str(file)
    if file is not None:
        ask(f"Replace the state of {stack} by {file}?", yes=yes)
    elif not yes:
        raise ConfigurationError("stdin is the state, so there is nobody to ask", "add --yes, or --file FILE")
    access = StackAccess(stack, config_file, backend)
    try:
        state = json.loads(sys.stdin.read() if file is None else file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigurationError(f"{source} cannot be read: {error.strerror}", "correct the path") from None
    except ValueError as error:
        raise ConfigurationError(f"{source} is not JSON: {error}", "give what `aqdata stack export` printed") from None
    if not isinstance(state, dict) or not isinstance(state.get("deployment"), dict):
        raise ConfigurationError(f"{source} has no `deployment`", "give what `aqdata stack export` printed")
    access.engine.import_(state)
    print_text(console.progress(), f"Stack {stack} has the state of {source}.")


@app.command("unprotect")
def unprotect_resources(
    resources: Annotated[list[str], typer.Argument(help="Names or URNs, as the refusal and the state have them.")],
    stack: StackName = DEFAULT_STACK,
    config_file: ConfigFile = None,
    backend: BackendFolder = None,
) -> None:
    """Let the next `up` remove or replace a protected resource; a volume itself stays until `docker volume rm`.

    One that is still declared as protected is protected again by the next `up` that keeps it.
    """
    for urn in unprotect(StackAccess(stack, config_file, backend).engine, resources):
        print_text(console.progress(), f"{urn} is not protected any more.")


@app.command("forget-host")
def forget_host(
    host: Annotated[str, typer.Argument(help="Its name, as the stack file has or had it under `hosts:`.")],
    stack: StackName = DEFAULT_STACK,
    confirm: Annotated[str, typer.Option("--confirm", envvar="AQDATA_CONFIRM", help="The host's name again.")] = "",
    config_file: ConfigFile = None,
    backend: BackendFolder = None,
) -> None:
    """Give up what ran on a host that is lost for good, so that `up` makes it anew on another one.

    The host is not touched. What to remove there, before it may return, goes to stdout.
    """
    engine = StackAccess(stack, config_file, backend).engine
    lost = load("cli.forgotten_host:lost_host")(engine, host)
    ask_for_name(host, confirmed=confirm, warning=f"{stack} would give up what {host} keeps ({lost.silence}).")
    forgotten = lost.forget_in(engine)
    print_text(console.progress(), f"{len(forgotten.gone)} resources of {host} are forgotten. Next:")
    for step in _AFTER_FORGETTING:
        print_text(console.progress(), step.format(host=host, stack=stack))
    for command in forgotten.removal:
        typer.echo(command)


_AFTER_FORGETTING = (
    "1. In the stack file give {host} another machine, or name another host in its place.",
    "2. On a swarm manager that answers: docker node demote NODE; docker node rm --force NODE",
    "3. aqdata preview --stack {stack}, then aqdata up --stack {stack}",
    "4. Before the machine joins the network again, run on it what follows: its servers start with its Docker Engine,",
    "   and take writes under the names of the new ones.",
)


def _write_for_its_owner(file: Path, text: str) -> None:
    try:
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="utf-8") as stream:
            os.fchmod(stream.fileno(), 0o600)
            stream.truncate()
            stream.write(text)
    except OSError as error:
        raise ConfigurationError(f"{file} cannot be written: {error.strerror}", "correct the path") from None


def _any_stack(declared: list[str], backend: Path | None) -> StackAccess:
    """A stack to reach the backend through; all stacks share it."""
    if not declared:
        raise ConfigurationError("there is no stack file", "add stacks/Pulumi.dev.yaml")
    return StackAccess(declared[0], None, backend)
