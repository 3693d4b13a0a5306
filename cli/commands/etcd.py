"""Make, list and restore snapshots of the store in which a stack's clusters agree on their primaries."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli import console
from cli.consent import ask_for_name
from cli.display.printing import print_text
from cli.options import DEFAULT_STACK, ConfigFile, StackName
from cli.stack_access import declared_stack
from infra.etcd import snapshots
from infra.model.availability import ETCD
from infra.model.errors import ConfigurationError, ResourceError

app = typer.Typer(no_args_is_help=True)


@app.command("snapshot")
def make_snapshot(stack: StackName = DEFAULT_STACK, config_file: ConfigFile = None) -> None:
    """Make a snapshot now, in the backup bucket."""
    print_text(console.results(), snapshots.make(_containers(stack, config_file)))


@app.command("list")
def list_snapshots(stack: StackName = DEFAULT_STACK, config_file: ConfigFile = None) -> None:
    """The snapshots there are, the oldest first, named by their time in UTC."""
    for name in snapshots.listed(_containers(stack, config_file)):
        print_text(console.results(), name)


@app.command("restore")
def restore_snapshot(
    *,
    to: Annotated[str, typer.Option("--to", envvar="AQDATA_TO", help="Its name; else the newest.")] = "",
    confirm: Annotated[str, typer.Option("--confirm", envvar="AQDATA_CONFIRM", help="Type `etcd` here.")] = "",
    stack: StackName = DEFAULT_STACK,
    config_file: ConfigFile = None,
) -> None:
    """Put every node of etcd back to a snapshot; databases go on, and no failover is possible meanwhile.

    For an etcd that lost its data or its majority. The nodes' containers have to run.
    """
    containers = _containers(stack, config_file)
    known = snapshots.listed(containers)
    if not known or (to and to not in known):
        raise ResourceError(f"there is no snapshot {to}".strip(), f"aqdata etcd list --stack {stack}")
    name = to or known[-1]
    ask_for_name(ETCD, confirmed=confirm, warning=f"etcd of {stack} would lose what it learned after {name}.")
    snapshots.restore(containers, name, console.steps())
    print_text(console.results(), f"etcd is back at {name}; who leads shows: aqdata status --stack {stack}")


def _containers(stack: str, config_file: Path | None) -> list[str]:
    declared = declared_stack(stack, config_file)
    if not declared.replicated:
        raise ConfigurationError(f"stack {stack} has no etcd: none of its instances has replicas", "docs/production.md")
    return [declared.physical(node) for node in declared.etcd_nodes]
