"""The project's images: one folder per image, named by the hash of what goes into it."""

import hashlib
import re
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from infra.model.errors import ConfigurationError

REPOSITORY = "aqstream"
STACK_IMAGES = ("postgres", "redis", "minio", "patroni", "etcd", "haproxy", "pgbouncer")
"""What stacks run; `ensure_images` builds these and the images they start from."""

_PARENT = re.compile(r"^ARG ([A-Z][A-Z0-9_]*)_IMAGE$", re.MULTILINE)
_SPACE = re.compile(r"^# build-space: (\d+) (MB|GB)$", re.MULTILINE)
_UNITS = {"MB": 10**6, "GB": 10**9}


@dataclass(frozen=True)
class RecipeFile:
    """One file of an image's folder, its path relative to that folder."""

    path: str
    content: bytes
    executable: bool = False


@dataclass(frozen=True)
class Recipe:
    """An image's folder as it was read: a Dockerfile, or for the root file system `recipe.yaml`."""

    name: str
    files: tuple[RecipeFile, ...]

    @property
    def dockerfile(self) -> str:
        return next((file.content.decode() for file in self.files if file.path == "Dockerfile"), "")

    @property
    def parents(self) -> dict[str, str]:
        """Build argument -> image: `ARG MINIO_SERVER_IMAGE` asks for the image `minio-server`."""
        found = _PARENT.findall(self.dockerfile)
        return {f"{argument}_IMAGE": argument.lower().replace("_", "-") for argument in found}

    @property
    def needs_host_certificates(self) -> bool:
        return "COPY host-ca.pem" in self.dockerfile

    @property
    def build_space(self) -> int:
        """Bytes of Docker storage the build takes at its peak, as its Dockerfile declares them."""
        declared = _SPACE.search(self.dockerfile)
        return int(declared[1]) * _UNITS[declared[2]] if declared else 500 * 10**6


@dataclass(frozen=True)
class Catalogue:
    """All images of a folder of recipes."""

    recipes: Mapping[str, Recipe]

    @cached_property
    def tags(self) -> dict[str, str]:
        """Image -> `aqstream/<image>:<hash of its folder and of its parents' tags>`."""
        result: dict[str, str] = {}
        for name in self.to_build(self.recipes, present=()):
            recipe = self.recipes[name]
            parent_tags = [result[parent] for parent in recipe.parents.values()]
            result[name] = f"{REPOSITORY}/{name}:{_content_hash(recipe, parent_tags)}"
        return result

    def tag(self, name: str) -> str:
        """One image's tag; raises ConfigurationError for a name without a recipe."""
        if name not in self.recipes:
            raise ConfigurationError(
                f"There is no image {name!r}.", f"Known images: {', '.join(sorted(self.recipes))}."
            )
        return self.tags[name]

    def to_build(self, names: Iterable[str], present: Container[str]) -> list[str]:
        """The named images that are not present and what they miss to start from, parents first."""
        ordered: list[str] = []

        def visit(name: str) -> None:
            if name in present or name in ordered:
                return
            for parent in self.recipes[name].parents.values():
                visit(parent)
            ordered.append(name)

        for name in names:
            visit(name)
        return ordered

    def build_space(self, names: Iterable[str]) -> int:
        """Bytes of Docker storage that building the named images takes."""
        return sum(self.recipes[name].build_space for name in names)


def _content_hash(recipe: Recipe, parent_tags: Iterable[str]) -> str:
    digest = hashlib.sha256()
    for file in sorted(recipe.files, key=lambda file: file.path):
        digest.update(f"{file.path}\0{file.executable}\0{len(file.content)}\0".encode() + file.content)
    for tag in parent_tags:
        digest.update(f"{tag}\0".encode())
    return digest.hexdigest()[:12]
