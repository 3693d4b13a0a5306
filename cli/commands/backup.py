"""Make, list, check and expire backups, and show which moments can be restored."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from cli import console
from cli.display.printing import print_text
from cli.display.quantities import size
from cli.display.recovery import backup_json, backup_table, window_json, window_table
from cli.display.recovery_timeline import timeline
from cli.export_destination import backup_login, destination, second_copy
from cli.instances import chosen_instances, program_of, side_by_side
from cli.options import DEFAULT_STACK, AsJson, BackendFolder, ConfigFile, FromFolder, StackName
from cli.stack_access import StackAccess, declared_stack
from infra.backup.export import Exported, export
from infra.backup.progress import PercentLines
from infra.backup.repository import read_repository
from infra.backup.room import repository_program
from infra.backup.verification import verify_repository
from infra.model.errors import ConfigurationError
from infra.model.recovery.repository import Repository
from infra.model.recovery.window import measure
from infra.model.stack import Stack
from infra.provider.object_store_login import connect

app = typer.Typer(no_args_is_help=True)

Instances = Annotated[
    list[str] | None, typer.Option("--instance", "-i", envvar="AQDATA_INSTANCE", help="Only this one; repeatable.")
]


class Kind(StrEnum):
    """What a backup starts from: nothing, the last full, or the last backup."""

    FULL = "full"
    DIFF = "diff"
    INCR = "incr"


@app.command("run")
def run_backup(
    stack: StackName = DEFAULT_STACK,
    instance: Instances = None,
    kind: Annotated[Kind, typer.Option("--type", envvar="AQDATA_BACKUP_TYPE", help="full, diff or incr.")] = Kind.FULL,
    config_file: ConfigFile = None,
) -> None:
    """Make a backup now; an extra full shortens how far back the kept WAL reaches."""
    declared, names = _targets(stack, config_file, instance)
    step = console.steps()

    def work(name: str) -> None:
        progress = PercentLines()

        def on_line(line: str) -> None:
            if text := progress.follow(line):
                step(f"{name}: {text}")

        program_of(declared, name).back_up(kind, "--log-level-console=detail", on_line=on_line)

    side_by_side(names, work)


@app.command("list")
def list_backups(
    stack: StackName = DEFAULT_STACK,
    instance: Instances = None,
    source: FromFolder = "",
    as_json: AsJson = False,
    config_file: ConfigFile = None,
) -> None:
    """The backups there are, with their sizes."""
    repositories = _repositories(*_targets(stack, config_file, instance), source)
    if as_json:
        typer.echo(json.dumps(backup_json(repositories), indent=2))
    else:
        console.results().print(backup_table(repositories))


@app.command("check")
def check_archiving(
    stack: StackName = DEFAULT_STACK, instance: Instances = None, config_file: ConfigFile = None
) -> None:
    """See a WAL segment of each instance arrive in its repository."""
    declared, names = _targets(stack, config_file, instance)
    step = console.steps()

    def work(name: str) -> None:
        step(f"{name}: waiting for the segment that is being written")
        program_of(declared, name).run("check")
        step(f"{name}: it is in the repository")

    side_by_side(names, work)
    for name in names:
        print_text(console.results(), f"{name}: archiving works")


@app.command("verify")
def verify_objects(
    stack: StackName = DEFAULT_STACK, instance: Instances = None, config_file: ConfigFile = None
) -> None:
    """Read every object of the repositories and compare checksums."""
    declared, names = _targets(stack, config_file, instance)
    step = console.steps()

    def work(name: str) -> str:
        return verify_repository(program_of(declared, name), lambda text: step(f"{name}: {text}"))

    for name, report in side_by_side(names, work).items():
        for line in report.splitlines():
            print_text(console.results(), f"{name}: {line}")


@app.command("expire")
def expire_backups(
    stack: StackName = DEFAULT_STACK,
    instance: Instances = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", envvar="AQDATA_DRY_RUN", help="Only say what would go.")
    ] = False,
    config_file: ConfigFile = None,
) -> None:
    """Remove what is older than declared; every backup does so at its end."""
    declared, names = _targets(stack, config_file, instance)
    options = ["--log-level-console=info", *(["--dry-run"] if dry_run else [])]
    outputs = side_by_side(names, lambda name: program_of(declared, name).run("expire", *options))
    for name, output in outputs.items():
        removed = [
            line.partition("INFO: ")[2] for line in output.splitlines() if "remove" in line or "expire full" in line
        ]
        for line in removed or ["nothing to remove"]:
            print_text(console.results(), f"{name}: {line}")


@app.command("window")
def show_window(
    *,
    stack: StackName = DEFAULT_STACK,
    instance: Instances = None,
    source: FromFolder = "",
    as_json: AsJson = False,
    svg: Annotated[Path | None, typer.Option("--svg", envvar="AQDATA_SVG", help="Draw it into this file.")] = None,
    config_file: ConfigFile = None,
) -> None:
    """The earliest and latest moment each instance can be restored to, measured on its repository."""
    declared, names = _targets(stack, config_file, instance)
    repositories = _repositories(declared, names, source)
    windows = {name: measure(found, declared.backups.archived_fulls) for name, found in repositories.items()}
    if svg:
        _write(svg, timeline(windows))
    if as_json:
        typer.echo(json.dumps(window_json(windows), indent=2))
    else:
        console.results().print(window_table(windows))


@app.command("export")
def export_repositories(
    *,
    to: Annotated[str, typer.Option("--to", envvar="AQDATA_EXPORT_TO", help="A folder, or s3://HOST:PORT/BUCKET/...")],
    prune: Annotated[
        bool, typer.Option("--prune", envvar="AQDATA_PRUNE", help="Take away there what retention took here.")
    ] = False,
    authority: Annotated[
        Path | None, typer.Option("--authority", envvar="AQDATA_EXPORT_AUTHORITY", help="The other store's CA (PEM).")
    ] = None,
    stack: StackName = DEFAULT_STACK,
    instance: Instances = None,
    config_file: ConfigFile = None,
    backend: BackendFolder = None,
) -> None:
    """Copy the repositories elsewhere, as encrypted as they are; copies only what is not there yet.

    The other store's keys are read from AQDATA_EXPORT_ACCESS_KEY and AQDATA_EXPORT_SECRET_KEY.
    """
    target = destination(to, authority)
    access = StackAccess(stack, config_file, backend)
    names, outputs, step = chosen_instances(access.declared, instance), access.outputs(), console.steps()

    def work(name: str) -> Exported:
        with connect(backup_login(outputs, name)) as store:
            return export(store.s3, name, target, lambda text: step(f"{name}: {text}"), prune=prune)

    for name, done in side_by_side(names, work).items():
        text = (
            f"{name}: {done.copied} objects copied ({size(done.bytes)}), {done.kept} were there, {done.removed} removed"
        )
        print_text(console.results(), text)


def _write(svg: Path, drawing: str) -> None:
    try:
        svg.write_text(drawing, encoding="utf-8")
    except OSError as error:
        raise ConfigurationError(f"--svg: {svg}: {error.strerror}", "give a path that can be written") from error


def _targets(stack: str, config_file: Path | None, instances: list[str] | None) -> tuple[Stack, list[str]]:
    declared = declared_stack(stack, config_file)
    return declared, chosen_instances(declared, instances)


def _repositories(declared: Stack, names: list[str], source: str) -> dict[str, Repository]:
    def read(name: str) -> Repository:
        with repository_program(declared, name, second_copy(source, name)) as program:
            return read_repository(program)

    return side_by_side(names, read)
