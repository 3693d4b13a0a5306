"""Restore an instance to a moment, into a separate copy."""

from __future__ import annotations

from typing import Annotated

import typer

from cli import console
from cli.display.printing import print_text
from cli.display.quantities import duration, moment, size
from cli.instances import chosen_instances
from cli.options import DEFAULT_STACK, ConfigFile, StackName
from infra.backup.restore.carry_out import order, plan, restored
from infra.backup.restore.plan import RestorePlan
from infra.backup.restore.target import parse_target
from infra.model.loading import load_stack

app = typer.Typer()


@app.command()
def run(
    *,
    instance: Annotated[str, typer.Option("--instance", "-i", envvar="AQDATA_INSTANCE", help="What to restore.")],
    to: Annotated[
        str, typer.Option("--to", envvar="AQDATA_TO", help="latest, backup:LABEL, name:RESTORE_POINT or a time.")
    ] = "latest",
    stack: StackName = DEFAULT_STACK,
    plan_only: Annotated[
        bool, typer.Option("--plan", envvar="AQDATA_PLAN", help="Say what it would take and stop.")
    ] = False,
    config_file: ConfigFile = None,
) -> None:
    """Restore an instance to a moment, into a separate copy that neither archives nor makes backups.

    The running instance is not touched. The copy keeps the roles and passwords of that moment.
    """
    declared = load_stack(stack, config_file)
    chosen_instances(declared, [instance])
    wanted = plan(declared, instance, parse_target(to))
    print_text(console.progress(), _described(wanted))
    if plan_only:
        return
    with restored(order(declared, wanted), console.steps(), keep=True) as copy:
        print_text(console.results(), f"{instance} at {wanted.target}: {declared.address}:{copy.port}")
        print_text(
            console.progress(), f"Remove it with: docker rm --force {copy.name}; docker volume rm {copy.name}-data"
        )


def _described(wanted: RestorePlan) -> str:
    backup = wanted.backup
    return (
        f"Restore {wanted.instance} to {wanted.target}: backup {backup.label} of {moment(backup.stop)}, "
        f"{size(backup.size)}, then {wanted.segments} WAL segments; up to {size(wanted.space)} of disk, "
        f"about {duration(wanted.expected)}."
    )
