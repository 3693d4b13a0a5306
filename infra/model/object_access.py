"""Which login of the object store owns which folders of which buckets."""

from collections.abc import Mapping
from dataclasses import dataclass

from infra.model.availability import ETCD
from infra.model.intent import Intent
from infra.model.stack import BACKUP_BUCKET
from infra.model.storage import Bucket

ROOT, PROVISIONER, VERIFIER, METRICS = "aqstream-root", "provisioner", "verifier", "metrics"
PROBE_TENANT = "00000000-0000-4000-8000-000000000000"
"""The tenant whose folders the live checks write to and clear; no organization carries this id."""
PROBE_FOLDER = "aqdata-verify"
"""The same below an instance's folder of the backup bucket."""


@dataclass(frozen=True)
class StoreAccess:
    """`folder` ends with a slash; None stands for the folder of any tenant."""

    login: str
    buckets: tuple[str, ...]
    folder: str | None

    @property
    def probe_folder(self) -> str:
        """Where in its buckets the checks may write."""
        return f"{PROBE_TENANT}/{PROBE_FOLDER}/" if self.folder is None else f"{self.folder}{PROBE_FOLDER}/"


def store_accesses(intent: Intent) -> tuple[StoreAccess, ...]:
    """Every service with buckets, every instance's backups, and the snapshots of a consensus store."""
    services = tuple(
        StoreAccess(service.name, tuple(sorted(service.buckets)), None)
        for service in intent.services.values()
        if service.buckets
    )
    backups = tuple(
        StoreAccess(backup_user(instance), (BACKUP_BUCKET,), f"{instance}/") for instance in intent.stack.instances
    )
    consensus = (StoreAccess(ETCD, (BACKUP_BUCKET,), f"{ETCD}/"),) if intent.stack.replicated else ()
    return services + backups + consensus


def declared_buckets(intent: Intent) -> Mapping[str, Bucket]:
    """Every bucket of the stack by name."""
    owned = (service.buckets for service in intent.services.values())
    services = {name: bucket for buckets in owned for name, bucket in buckets.items()}
    return services | {BACKUP_BUCKET: intent.stack.object_store.backups}


def backup_user(instance: str) -> str:
    """The access key under which an instance's backups are kept."""
    return f"pgbackrest-{instance}"
