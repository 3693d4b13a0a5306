"""Restore an instance to a moment: into a separate copy, in its own place, or one service's schema beside itself."""

from __future__ import annotations

from typing import Annotated

import typer

from cli import console
from cli.consent import ask_for_name
from cli.display.printing import print_text
from cli.display.quantities import duration, moment, size
from cli.export_destination import second_copy
from cli.instances import chosen_instances
from cli.options import DEFAULT_STACK, ConfigFile, FromFolder, StackName
from cli.stack_access import declared_stack
from infra.backup.primary import server_of
from infra.backup.restore.carry_out import order, plan, restored
from infra.backup.restore.copy import CopyOrder
from infra.backup.restore.in_place import restore_in_place
from infra.backup.restore.plan import RestorePlan
from infra.backup.restore.schema import bring_schema, drop_command, require_free_place, side_schema
from infra.backup.restore.target import parse_target
from infra.model.errors import ConfigurationError
from infra.model.loading import load_services
from infra.model.service import Service

app = typer.Typer()


@app.command()
def run(
    *,
    instance: Annotated[str, typer.Option("--instance", "-i", envvar="AQDATA_INSTANCE", help="What to restore.")],
    to: Annotated[
        str, typer.Option("--to", envvar="AQDATA_TO", help="latest, backup:LABEL, name:RESTORE_POINT or a time.")
    ] = "latest",
    source: FromFolder = "",
    stack: StackName = DEFAULT_STACK,
    in_place: Annotated[
        bool, typer.Option("--in-place", envvar="AQDATA_IN_PLACE", help="Put the running instance itself back.")
    ] = False,
    service: Annotated[
        str,
        typer.Option("--service", envvar="AQDATA_SERVICE", help="Only this service's schema, beside the running one."),
    ] = "",
    confirm: Annotated[
        str, typer.Option("--confirm", envvar="AQDATA_CONFIRM", help="The container's name, for --in-place.")
    ] = "",
    plan_only: Annotated[
        bool, typer.Option("--plan", envvar="AQDATA_PLAN", help="Say what it would take and stop.")
    ] = False,
    config_file: ConfigFile = None,
) -> None:
    """Restore an instance to a moment, into a separate copy that neither archives nor makes backups.

    The running instance is not touched. The copy keeps the roles and passwords of that moment. With --in-place the
    instance itself goes back: a backup is taken first, and until the restored server is up and checked, whatever
    goes wrong puts the previous data back. With --service the schema of that moment is brought into the running
    instance under another name, for administrators to compare and to copy rows from. With --from all of it comes from
    what `aqdata backup export` copied, on the machine where the instance runs.
    """
    if in_place and service:
        raise ConfigurationError("--in-place puts a whole instance back", "leave out --service, or --in-place")
    declared = declared_stack(stack, config_file)
    chosen_instances(declared, [instance])
    copied = second_copy(source, instance)
    wanted = plan(declared, instance, parse_target(to), in_place=in_place, second_copy=copied)
    print_text(console.progress(), _described(wanted))
    if plan_only:
        return
    ordered = order(declared, wanted, copied)
    if in_place:
        _in_place(ordered, confirm)
    elif service:
        _beside(ordered, _service_of(instance, service))
    else:
        _copy(ordered)


def _copy(ordered: CopyOrder) -> None:
    wanted = ordered.plan
    with restored(ordered, console.steps(), keep=True) as copy:
        print_text(console.results(), f"{wanted.instance} at {wanted.target}: {copy.address}:{copy.port}")
        print_text(
            console.progress(), f"Remove it with: docker rm --force {copy.name}; docker volume rm {copy.name}-data"
        )


def _service_of(instance: str, name: str) -> Service:
    services = {found.name: found for found in load_services().values() if found.instance == instance}
    if name not in services:
        raise ConfigurationError(f"--service: '{name}' is not on {instance}", f"services: {', '.join(services)}")
    return services[name]


def _beside(ordered: CopyOrder, service: Service) -> None:
    name = server_of(ordered.stack, ordered.instance)
    require_free_place(name, service)
    with restored(ordered, console.steps(), keep=False) as copy:
        tables = bring_schema(copy, name, service)
    schema = side_schema(service)
    where = (
        f"{service.name} at {ordered.plan.target}: {tables} tables in schema {schema} of {name}, for the superuser only"
    )
    print_text(console.results(), where)
    verify = f"aqdata verify --stack {ordered.stack.name}"
    print_text(console.progress(), f"`{verify}` reports it until it is removed: {drop_command(name, schema)}")


def _in_place(ordered: CopyOrder, confirm: str) -> None:
    declared, wanted = ordered.stack, ordered.plan
    name = declared.physical(wanted.instance)
    ask_for_name(name, confirmed=confirm, warning=f"{name} would lose what was written after {wanted.target}.")
    restore_in_place(ordered, console.steps())
    print_text(console.results(), f"{wanted.instance} is back at {wanted.target} and archives on a new timeline.")
    again = f"aqdata refresh --stack {declared.name} && aqdata up --stack {declared.name}"
    print_text(console.progress(), f"Its roles, passwords and changelogs are of that moment too; to mend them: {again}")


def _described(wanted: RestorePlan) -> str:
    backup = wanted.backup
    return (
        f"Restore {wanted.instance} to {wanted.target}: backup {backup.label} of {moment(backup.stop)}, "
        f"{size(backup.size)}, then {wanted.segments} WAL segments; up to {size(wanted.space)} of disk, "
        f"about {duration(wanted.expected)}."
    )
