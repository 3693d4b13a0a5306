"""Changes to the consensus store's snapshots, as its own login of the object store."""

import io
from dataclasses import dataclass
from functools import cached_property

from minio import Minio

from infra.model.availability import ETCD
from infra.model.errors import CannotCheck
from infra.model.stack import BACKUP_BUCKET
from policies.mutants.changes.changes import Changes, Verb
from policies.mutants.changes.minio import store_client
from policies.mutants.ground import STORE


@dataclass
class ConsensusChanges(Changes):
    """`lose-snapshots`; `find-snapshots` puts the same bytes back under the same names."""

    def verbs(self, where: str) -> dict[str, Verb]:
        """What can be done to them."""
        return {"lose-snapshots": self._lose, "find-snapshots": self._find}

    def _lose(self) -> None:
        listed = self._store.list_objects(BACKUP_BUCKET, prefix=f"{ETCD}/", recursive=True)
        names = [str(each.object_name) for each in listed]
        if not names:
            raise CannotCheck("etcd has no snapshot that could be lost", "aqdata etcd snapshot")
        for name in names:
            with self._store.get_object(BACKUP_BUCKET, name) as response:
                self.kept["lost", name] = response.read()
            self._store.remove_object(BACKUP_BUCKET, name)

    def _find(self) -> None:
        for key in [key for key in self.kept if key[0] == "lost"]:
            content = self.recall(*key)
            self._store.put_object(BACKUP_BUCKET, key[1], io.BytesIO(content), len(content))

    @cached_property
    def _store(self) -> Minio:
        return store_client(self.ground.services[STORE, ETCD])
