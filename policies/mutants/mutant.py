"""What a mutant is: one change to a healthy stack, how it is undone, and what has to be named because of it."""

import re
from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Literal

from infra.model.declaration import Declaration
from infra.model.errors import ConfigurationError
from infra.model.intent import Intent
from infra.model.reading import read_yaml, validate

FOLDER = Path(__file__).parent
Place = Literal["postgres", "files", "backups", "replicas", "pooler", "redis", "minio", "consensus", "containers"]
PLACES: tuple[Place, ...] = (
    "postgres",
    "files",
    "backups",
    "replicas",
    "pooler",
    "redis",
    "minio",
    "consensus",
    "containers",
)
CLUSTER_PLACES: frozenset[Place] = frozenset({"replicas", "pooler"})
"""The places of an instance with replicas, whichever it is."""

Shape = Literal["", "replicas", "signed"]
_HAS: Mapping[Shape, Callable[[Intent], bool]] = {
    "": lambda _: True,
    "replicas": lambda intent: bool(intent.stack.replicated),
    "signed": lambda intent: any(instance.tenancy.is_signed for instance in intent.stack.instances.values()),
}
_VARIABLE = re.compile(r"<(\w+)>")


class Change(Declaration):
    """One file `policies/mutants/<folder>/<id>.yaml`.

    `apply` and `undo` are in the language of `place`, one step a line for all but SQL. `names` is what a new result
    has to name, in its object or its message; a change without it is harmless and must not alarm. `where` is an
    instance, server or container; without it a PostgreSQL change goes to any instance with a tenant table, and one of
    a cluster to any instance with replicas.
    `unknown` says that the change takes away evidence, so that the verifier has to say what it could not check.
    `needs` is what a stack must have for the change to be possible. `<word>` is a variable.
    """

    about: str
    place: Place
    apply: str
    undo: str
    names: str = ""
    where: str = ""
    unknown: bool = False
    needs: Shape = ""


class Mutant(Declaration):
    """A change with its id."""

    id: str
    change: Change

    @property
    def is_harmless(self) -> bool:
        """Whether nothing may be reported because of it."""
        return not self.change.names

    @cached_property
    def variables(self) -> frozenset[str]:
        """The variables it uses."""
        texts = (self.change.apply, self.change.undo, self.change.names)
        return frozenset(name for text in texts for name in _VARIABLE.findall(text))

    def fits(self, intent: Intent) -> bool:
        """Whether the stack has what the change needs."""
        return _HAS[self.change.needs](intent)

    def at(self, where: str) -> "Mutant":
        """The same with its server chosen."""
        return self.model_copy(update={"change": self.change.model_copy(update={"where": where})})

    def filled(self, values: Mapping[str, str]) -> "Mutant":
        """The same with the variables' values. Raises ConfigurationError naming one that has none."""
        if missing := self.variables - values.keys():
            raise ConfigurationError(
                f"mutant {self.id}: no value for <{min(missing)}>", f"one of {', '.join(sorted(values))}"
            )

        def fill(text: str) -> str:
            return _VARIABLE.sub(lambda match: values[match[1]], text)

        change = self.change
        updated = {"apply": fill(change.apply), "undo": fill(change.undo), "names": fill(change.names)}
        return self.model_copy(update={"change": change.model_copy(update=updated)})


def load_mutants(folder: Path = FOLDER) -> tuple[Mutant, ...]:
    """Every mutant by id. Raises ConfigurationError where a file is wrong or an id is used twice."""
    found: dict[str, Mutant] = {}
    for path in sorted(folder.glob("*/*.yaml")):
        if path.stem in found:
            raise ConfigurationError(f"{path}: another mutant is called '{path.stem}'", "rename one of them")
        content = read_yaml(path)
        if path.parent.name != "harmless":
            content = {"place": path.parent.name} | content
        found[path.stem] = Mutant(id=path.stem, change=validate(Change, content, str(path)))
    return tuple(found.values())
