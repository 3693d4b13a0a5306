"""List, build and push the images a stack runs."""

from typing import Annotated

import typer
from rich.table import Table

from cli import console
from infra.host.docker_api import reach
from infra.host.ready import ensure_ready
from infra.images.build import ensure_images
from infra.images.catalogue import STACK_IMAGES
from infra.images.present import image_sizes
from infra.images.push import push_images
from infra.images.recipes import current_tags

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
