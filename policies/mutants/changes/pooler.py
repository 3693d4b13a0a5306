"""Changes to the files of an instance's pooler."""

from dataclasses import dataclass

from infra.model.availability import pooler_of
from policies.mutants.changes.changes import Verb
from policies.mutants.changes.files import FileChanges


@dataclass
class PoolerChanges(FileChanges):
    """The verbs of files; after each change the pooler starts anew, so that no server session is from before."""

    def verbs(self, where: str) -> dict[str, Verb]:
        """What can be done to a file of the pooler."""
        return super().verbs(pooler_of(where))

    def reload(self, where: str) -> None:
        """Start the pooler again."""
        self.ground.container(where).restart()
        self.ground.wait(where)
