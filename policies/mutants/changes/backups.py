"""Changes to an instance's backups: its settings and files, its scheduler, and what its repository holds."""

import fnmatch
import io
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from minio import Minio

from infra.model.errors import CannotCheck
from infra.model.stack import BACKUP_BUCKET
from policies.mutants.changes.changes import Verb
from policies.mutants.changes.files import FileChanges
from policies.mutants.changes.minio import store_client
from policies.mutants.ground import STORE

_FIRST_FULL_WITHIN = 240
_ARCHIVED_WITHIN = 60


@dataclass
class BackupChanges(FileChanges):
    """Verbs of files, and `sql STATEMENT`, `run COMMAND`, `restart`, `lose PATTERN [POSITION]`, `find` and the like.

    What is lost, or has a bit flipped by `spoil PATTERN`, are objects below the instance's folder of the bucket; `find`
    puts the same bytes back, as new objects.
    """

    def verbs(self, where: str) -> dict[str, Verb]:
        """What can be done to the backups of an instance."""
        own: dict[str, Verb] = {
            "sql": lambda *words: self.servers.step(where, " ".join(words)),
            "run": lambda *words: self.ground.run(where, *words, user="postgres"),
            "restart": lambda: self._restart(where),
            "lose": lambda pattern, position="": self._lose(where, pattern, position),
            "spoil": lambda pattern: self._spoil(where, pattern),
            "lose-wal-of-the-full": lambda: self._lose_wal_of_the_full(where),
            "find": lambda: self._find(where),
        }
        return super().verbs(where) | own

    def prepare(self, instance: str) -> None:
        """Wait for the first full backup, with two WAL segments after it. Raises CannotCheck without one in time."""
        deadline = time.monotonic() + _FIRST_FULL_WITHIN
        while not any(name.endswith("F/backup.manifest") for name in self._names(instance)):
            if time.monotonic() > deadline:
                raise CannotCheck(f"{instance} has no full backup after {_FIRST_FULL_WITHIN} s", "docker logs says why")
            time.sleep(1)
        for _ in range(2):
            self._switch(instance)

    def _switch(self, instance: str) -> None:
        """End a WAL segment, and wait until it is in the repository."""
        session = self.servers.session(instance)
        session.execute("SELECT pg_logical_emit_message(false, 'selftest', 'a segment of its own')")
        ((segment,),) = session.execute("SELECT pg_walfile_name(pg_switch_wal())").fetchall()
        deadline = time.monotonic() + _ARCHIVED_WITHIN
        while not any(segment in name for name in self._names(instance)):
            if time.monotonic() > deadline:
                raise CannotCheck(f"{instance}: {segment} is not archived", f"aqdata backup check -i {instance}")
            time.sleep(0.2)

    def _restart(self, where: str) -> None:
        self.servers.close()
        self.ground.container(where).restart()
        self.ground.wait(where)

    def _lose(self, where: str, pattern: str, position: str) -> None:
        found = fnmatch.filter(sorted(self._names(where)), pattern)
        for name in [found[int(position)]] if position else found:
            with self._store(where).get_object(BACKUP_BUCKET, name) as response:
                self.kept["lost", where, name] = response.read()
            self._store(where).remove_object(BACKUP_BUCKET, name)
        if not found:
            raise CannotCheck(f"{where}: nothing in the repository is called {pattern}", "see `aqdata backup list`")

    def _spoil(self, where: str, pattern: str) -> None:
        self._lose(where, pattern, "0")
        *_, name = (key[2] for key in self.kept if key[:2] == ("lost", where))
        content = bytearray(self.kept["lost", where, name])
        content[len(content) // 2] ^= 1
        self._store(where).put_object(BACKUP_BUCKET, name, io.BytesIO(bytes(content)), len(content))

    def _lose_wal_of_the_full(self, where: str) -> None:
        """The archive has a file for each backup that is named like the segment the backup began in."""
        label = next(name for name in sorted(self._names(where)) if name.endswith(".backup"))
        segment = label.rpartition("/")[2].partition(".")[0]
        self._lose(where, f"*/{segment}-*", "")

    def _find(self, where: str) -> None:
        for key in [key for key in self.kept if key[:2] == ("lost", where)]:
            content = self.recall(*key)
            self._store(where).put_object(BACKUP_BUCKET, key[2], io.BytesIO(content), len(content))

    def _names(self, where: str) -> Iterator[str]:
        listed = self._store(where).list_objects(BACKUP_BUCKET, prefix=f"{where}/", recursive=True)
        return (str(each.object_name) for each in listed)

    def _store(self, instance: str) -> Minio:
        if instance not in self._stores:
            self._stores[instance] = store_client(self.ground.services[STORE, f"pgbackrest-{instance}"])
        return self._stores[instance]

    @cached_property
    def _stores(self) -> dict[str, Minio]:
        return {}
