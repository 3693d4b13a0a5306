"""Make another node of an instance its primary."""

from __future__ import annotations

import time
from typing import Annotated

import typer

from cli import console
from cli.display.printing import print_text
from cli.options import DEFAULT_STACK, ConfigFile, StackName
from cli.stack_access import declared_stack
from infra.model.errors import ConfigurationError, ResourceError
from infra.patroni.cluster import Cluster, best_candidate

app = typer.Typer()


@app.command()
def run(
    *,
    instance: Annotated[str, typer.Argument(help="An instance with replicas.")],
    to: Annotated[str, typer.Option("--to", envvar="AQDATA_TO", help="This node; else a synchronous one.")] = "",
    stack: StackName = DEFAULT_STACK,
    config_file: ConfigFile = None,
) -> None:
    """Make another node of an instance its primary, without losing a commit; writes pause for some seconds."""
    declared = declared_stack(stack, config_file)
    if instance not in declared.replicated:
        known = ", ".join(declared.replicated) or "none"
        raise ConfigurationError(f"{instance} has no replicas in {stack}", f"instances with replicas: {known}")
    nodes = declared.instances[instance].nodes(instance)
    if to and to not in nodes:
        raise ConfigurationError(f"--to: '{to}' is no node of {instance}", f"nodes: {', '.join(nodes)}")
    cluster = Cluster([declared.physical(node) for node in nodes])
    candidate = to or best_candidate(cluster.members(), nodes)
    if candidate is None:
        raise ResourceError(f"no replica of {instance} streams", f"aqdata status --stack {stack}")
    start = time.monotonic()
    cluster.hand_over(candidate)
    print_text(console.results(), f"{candidate} is the primary of {instance} ({time.monotonic() - start:.1f} s).")
