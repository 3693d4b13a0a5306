"""List, build, push and copy the images a stack runs."""

from typing import Annotated

import typer
from rich.table import Table

from cli import console
from cli.options import DEFAULT_STACK, ConfigFile, StackName
from cli.stack_access import declared_stack
from infra.components.images import image_references
from infra.host.docker_api import reach
from infra.host.ready import ensure_ready
from infra.images.build import ensure_images
from infra.images.catalogue import STACK_IMAGES
from infra.images.hosts import copy_images
from infra.images.present import image_sizes
from infra.images.pull import BUILD
from infra.images.push import push_images
from infra.images.recipes import current_tags
from infra.model.errors import ConfigurationError

app = typer.Typer(no_args_is_help=True)
Names = Annotated[list[str] | None, typer.Argument(help="Images; those that a stack runs when none is named.")]


@app.command("list")
def list_images() -> None:
    """Every image of this checkout, its tag, and whether it is built."""
    sizes = image_sizes(reach())
    table = Table(box=None, padding=(0, 2, 0, 0))
    for heading in ("image", "tag", "built"):
        table.add_column(heading)
    for name, tag in sorted(current_tags().items()):
        table.add_row(name, tag, f"{sizes[tag] / 10**6:.0f} MB" if tag in sizes else "no")
    console.results().print(table)


@app.command()
def build(names: Names = None) -> None:
    """Build what is missing; an image whose folder is unchanged is never built twice."""
    step = console.steps()
    ensure_ready(step)
    for name in ensure_images(names or STACK_IMAGES, step):
        console.results().print(f"{name} {current_tags()[name]}", highlight=False)


@app.command()
def push(
    registry: Annotated[str, typer.Option("--registry", help="For example registry.example.com/platform.")],
    names: Names = None,
) -> None:
    """Push images to a registry and print the `images:` lines for the stack file."""
    step = console.steps()
    ensure_ready(step)
    chosen = names or list(STACK_IMAGES)
    ensure_images(chosen, step)
    for name, reference in push_images(chosen, registry, step).items():
        console.results().print(f"{name}: {reference}", highlight=False, soft_wrap=True)


@app.command("copy")
def copy_to_hosts(
    stack: StackName = DEFAULT_STACK,
    host: Annotated[
        list[str] | None, typer.Option("--host", envvar="AQDATA_HOST", help="Only this host; repeatable.")
    ] = None,
    config_file: ConfigFile = None,
) -> None:
    """Bring the images of a stack to the hosts of its file: those that a host does not have, by their ids."""
    declared, step = declared_stack(stack, config_file), console.steps()
    for name in host or ():
        if name not in declared.hosts:
            raise ConfigurationError(
                f"--host: '{name}' is no host of {stack}", f"hosts: {', '.join(declared.hosts) or 'none is declared'}"
            )
    if not declared.hosts:
        raise ConfigurationError(f"stack {stack} declares no hosts", "`hosts:` in its stack file; docs/hosts.md")
    built = [name for name, chosen in declared.used_images.items() if chosen == BUILD]
    ensure_images(built, step)
    references = list(image_references(declared).values())
    for name, count in copy_images(declared, references, host or list(declared.hosts), step).items():
        done = f"{count} images copied" if count else "every image was there"
        console.results().print(f"{name}: {done}", highlight=False)
