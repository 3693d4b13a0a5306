"""Read the image folders that lie beside this module."""

from functools import cache
from pathlib import Path

from infra.images.catalogue import Recipe, RecipeFile, tags
from infra.model.errors import ConfigurationError

FOLDER = Path(__file__).parent


@cache
def read_recipes(folder: Path = FOLDER) -> dict[str, Recipe]:
    """Every image by name: each subfolder that holds a Dockerfile or a recipe.yaml."""
    folders = sorted({path.parent for name in ("Dockerfile", "recipe.yaml") for path in folder.glob(f"*/{name}")})
    return {path.name: Recipe(path.name, _read_files(path)) for path in folders}


@cache
def current_tags() -> dict[str, str]:
    """Image -> tag, for the folders of this checkout."""
    return tags(read_recipes())


def recipe(name: str) -> Recipe:
    """One image's recipe; raises ConfigurationError for a name without a folder."""
    recipes = read_recipes()
    if name not in recipes:
        raise ConfigurationError(f"There is no image {name!r}.", f"Known images: {', '.join(sorted(recipes))}")
    return recipes[name]


def _read_files(folder: Path) -> tuple[RecipeFile, ...]:
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return tuple(
        RecipeFile(path.relative_to(folder).as_posix(), path.read_bytes(), bool(path.stat().st_mode & 0o100))
        for path in paths
    )
