"""Read the image folders that lie beside this module."""

from functools import cache
from pathlib import Path

from infra.images.catalogue import Catalogue, Recipe, RecipeFile

FOLDER = Path(__file__).parent


@cache
def project_catalogue() -> Catalogue:
    """The images of this checkout."""
    return read_catalogue(FOLDER)


def current_tags() -> dict[str, str]:
    """Image -> tag, for the images of this checkout."""
    return project_catalogue().tags


def read_catalogue(folder: Path) -> Catalogue:
    """Every image of `folder`: each subfolder that holds a Dockerfile or a recipe.yaml."""
    folders = {path.parent for name in ("Dockerfile", "recipe.yaml") for path in folder.glob(f"*/{name}")}
    return Catalogue({path.name: Recipe(path.name, _read_files(path)) for path in sorted(folders)})


def _read_files(folder: Path) -> tuple[RecipeFile, ...]:
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return tuple(
        RecipeFile(path.relative_to(folder).as_posix(), path.read_bytes(), bool(path.stat().st_mode & 0o100))
        for path in paths
    )
