"""Every drive of a distributed object store is online.

What: as many nodes as the stack declares, each with a drive that is `ok` and not healing.
Why: four drives outlive the loss of one with reads and writes; while one is away, the next loss ends all writes,
    archiving of WAL among them.
Fix: `aqdata up` starts a node that is away; MinIO heals what it missed by itself, which `mc admin heal` shows.
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.objects import ObjectStore, distributed_stores

SCOPE = distributed_stores
PLANES = ("live",)
SEVERITY = Severity.HIGH
CLAUSES = ("seed: backups",)
BAD = "docker kill minio-4"
GOOD = "docker restart minio-4"


def check(store: ObjectStore) -> Iterator[str]:
    if len(store.facts.drives) != store.nodes:
        yield f"{len(store.facts.drives)} drives are known, declared are {store.nodes}"
    for drive in store.facts.drives:
        if drive.state != "ok":
            yield f"the drive of {drive.node} is {drive.state}"
        elif drive.is_healing:
            yield f"the drive of {drive.node} is healing"
