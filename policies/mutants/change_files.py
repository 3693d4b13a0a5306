"""Changes to the files that a PostgreSQL container is configured with."""

from dataclasses import dataclass, field

from policies.mutants.ground import Ground
from policies.mutants.mutant import Mutant

_FOLDER = "/etc/aqstream"


@dataclass
class FileChanges:
    """`first FILE LINE`, `last FILE LINE` and `restore FILE`, followed by a reload.

    The container sees its configuration read-only, so a second container holds the volume for writing.
    """

    ground: Ground
    kept: dict[tuple[str, str], str] = field(default_factory=dict)

    def apply(self, mutant: Mutant) -> None:
        """Make the change."""
        where, (verb, name, line) = mutant.change.where, mutant.change.apply.split(" ", 2)
        before = self.ground.run(where, "cat", f"{_FOLDER}/{name}")
        self.kept[where, name] = before
        self._write(where, name, f"{line}\n{before}" if verb == "first" else f"{before}{line}\n")

    def undo(self, mutant: Mutant) -> None:
        """Put the file back."""
        where, name = mutant.change.where, mutant.change.undo.split(" ")[1]
        self._write(where, name, self.kept.pop((where, name)))

    def _write(self, where: str, name: str, text: str) -> None:
        container = self.ground.container(where)
        self.ground.docker.containers.run(
            container.attrs["Image"],
            ["sh", "-c", 'printf %s "$TEXT" > "/files/$NAME"'],
            entrypoint=[],
            environment={"TEXT": text, "NAME": name},
            volumes={self.ground.physical(f"{where}-config"): {"bind": "/files", "mode": "rw"}},
            user="0",
            network_mode="none",
            remove=True,
        )
        container.kill("SIGHUP")
