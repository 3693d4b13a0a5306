"""Render, apply, compare and roll back the services' changelogs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from cli import changelogs, console
from cli.connection import Databases, service_named, services_named
from cli.consent import ask
from cli.display.printing import print_text
from cli.options import DEFAULT_STACK, BackendFolder, ConfigFile, ExpectNoChanges, StackName, Yes
from cli.schema_diff import differences
from cli.stack_access import StackAccess
from infra.model.errors import ConfigurationError, UnexpectedChanges
from infra.model.intent import Intent
from infra.model.loading import load_intent, load_services, shown
from infra.model.table import Schedule
from sql.history import AppliedChangeset
from sql.render import render_formatted
from sql.rules import require_additive
from sql.scaffold import new_changelog_file

app = typer.Typer(no_args_is_help=True)

Services = Annotated[list[str] | None, typer.Argument(help="Such as event_service; all when none is named.")]
OneService = Annotated[str, typer.Argument(help="Such as event_service.")]


def _databases(stack: str, config_file: Path | None, backend: Path | None) -> Databases:
    access = StackAccess(stack, config_file, backend)
    return Databases(Intent.of(load_services(), access.declared), access.outputs())


@app.command()
def render(
    services: Services = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="A folder for one `<service>.sql` each, instead of stdout.")
    ] = None,
    stack: StackName = DEFAULT_STACK,
    config_file: ConfigFile = None,
) -> None:
    """Print the changelogs as Liquibase formatted SQL for a stack, after checking the rules on changes."""
    intent = load_intent(stack, config_file)
    for service in services_named(intent.services, services):
        changelog = changelogs.changelog_of(intent, service)
        require_additive(changelog.changesets)
        if output is None:
            typer.echo(render_formatted(changelog))
            continue
        output.mkdir(parents=True, exist_ok=True)
        (output / f"{service.name}.sql").write_text(render_formatted(changelog), encoding="utf-8")
        print_text(console.progress(), f"{output / service.name}.sql  {len(changelog.changesets)} changesets")


@app.command()
def status(
    services: Services = None,
    stack: StackName = DEFAULT_STACK,
    expect_no_changes: ExpectNoChanges = False,
    config_file: ConfigFile = None,
    backend: BackendFolder = None,
) -> None:
    """Say what is applied and what is due."""
    databases = _databases(stack, config_file, backend)
    found = changelogs.statuses(databases, services_named(databases.intent.services, services))
    table = Table(box=None, padding=(0, 2, 0, 0))
    for heading in ("service", "applied", "due", "changesets"):
        table.add_column(heading)
    for name, each in found.items():
        due = [changeset.id for changeset in each.to_apply]
        notes = due + [f"{changeset.id} (edited after it was applied)" for changeset, _ in each.edited]
        notes += [f"{row.id} (applied, but not in this checkout)" for row in each.unknown]
        table.add_row(name, str(len(each.applied)), str(len(due)), ", ".join(notes) or "up to date")
    console.results().print(table)
    if expect_no_changes and not all(each.is_up_to_date for each in found.values()):
        raise UnexpectedChanges("changesets are due", f"aqdata sql apply --stack {stack}")


@app.command()
def apply(
    services: Services = None,
    stack: StackName = DEFAULT_STACK,
    tag: Annotated[str | None, typer.Option("--tag", help="Mark the state, for `rollback --to`.")] = None,
    config_file: ConfigFile = None,
    backend: BackendFolder = None,
) -> None:
    """Apply what is due, the services side by side, each changeset in its own transaction."""
    databases = _databases(stack, config_file, backend)
    done = changelogs.apply_all(databases, services_named(databases.intent.services, services), tag)
    _print_rows({name: rows for name, rows in done.items() if rows}, "Nothing was due.")


@app.command()
def rollback(
    *,
    service: OneService,
    count: Annotated[int | None, typer.Option("--count", min=1, help="So many of the newest changesets.")] = None,
    to: Annotated[str | None, typer.Option("--to", help="Every changeset after this tag.")] = None,
    stack: StackName = DEFAULT_STACK,
    yes: Yes = False,
    config_file: ConfigFile = None,
    backend: BackendFolder = None,
) -> None:
    """Undo a service's newest changesets. What only they hold is lost."""
    if (count is None) == (to is None):
        raise ConfigurationError("either --count or --to says how far back", "such as --count 1")
    databases = _databases(stack, config_file, backend)
    chosen = databases.service(service)
    what = f"the newest {count}" if count else f"everything after tag {to}"
    ask(f"Roll back {what} of {service} on stack {stack}?", yes=yes)
    _print_rows({service: changelogs.roll_back(databases, chosen, count, to)}, "Nothing to roll back.")


@app.command()
def diff(
    services: Services = None,
    stack: StackName = DEFAULT_STACK,
    expect_no_changes: ExpectNoChanges = False,
    config_file: ConfigFile = None,
    backend: BackendFolder = None,
) -> None:
    """Compare the deployed schemas with what the changelogs would make."""
    databases = _databases(stack, config_file, backend)
    lines = [
        line
        for service in services_named(databases.intent.services, services)
        for line in differences(databases, service)
    ]
    for line in lines:
        typer.echo(line)
    if not lines:
        print_text(console.progress(), "No difference.")
    elif expect_no_changes:
        raise UnexpectedChanges(f"{len(lines)} differences", f"aqdata sql apply --stack {stack}, or a new changeset")


@app.command()
def maintain(
    services: Services = None,
    schedule: Annotated[Schedule, typer.Option("--schedule", help="Which of the declared functions.")] = "daily",
    stack: StackName = DEFAULT_STACK,
    config_file: ConfigFile = None,
    backend: BackendFolder = None,
) -> None:
    """Call the functions that are declared with a schedule, such as the one that drops expired metrics."""
    databases = _databases(stack, config_file, backend)
    for service in services_named(databases.intent.services, services):
        for name, result in changelogs.maintain(databases, service, schedule).items():
            typer.echo(f"{service.name}.{name}: {result}")


@app.command()
def new(
    service: OneService,
    name: Annotated[str, typer.Argument(help="What it does, such as add_waitlist.")],
) -> None:
    """Start a service's next changelog file."""
    typer.echo(shown(new_changelog_file(service_named(load_services(), service), name)))


def _print_rows(rows: dict[str, list[AppliedChangeset]], nothing: str) -> None:
    for service, changesets in rows.items():
        for row in changesets:
            typer.echo(f"{service}  {row.id}")
    if not any(rows.values()):
        print_text(console.progress(), nothing)
