"""What the object store component declares."""

from typing import Any

import pytest

from infra.components.network import Networks
from infra.components.object_store import ObjectStore, sealing_key
from infra.components.store_node import ObjectStoreArgs
from infra.components.trust import Trust
from infra.model.intent import Intent
from infra.model.loading import load_intent
from tests.components.recording import Declared, declare
from tests.servers.minio import distributed


@pytest.fixture(scope="module")
def intent() -> Intent:
    return load_intent("dev")


@pytest.fixture(scope="module")
def declared(intent: Intent) -> Declared:
    return declare(lambda: the_store(intent))


def the_store(intent: Intent) -> None:
    networks = Networks(intent.stack).names
    ObjectStore("minio", ObjectStoreArgs(intent, Trust(intent.stack), networks, "sha256:image"))


def _inputs(declared: Declared, kind: str) -> dict[str, Any]:
    return {resource.name: resource.inputs for resource in declared[kind]}


def test_every_declared_bucket_and_the_backup_bucket_are_there(declared: Declared) -> None:
    buckets = _inputs(declared, "aqstream:s3:Bucket")
    assert set(buckets) == {"media-images", "media-documents", "backups"}
    assert buckets["media-documents"]["encrypted"] is True
    assert all(bucket["anonymous"] == [] for bucket in buckets.values())


def test_each_instance_keeps_its_backups_in_its_own_folder(declared: Declared, intent: Intent) -> None:
    users = _inputs(declared, "aqstream:s3:User")
    for instance in intent.stack.instances:
        objects, listing, *_ = users[f"minio-pgbackrest-{instance}"]["statements"]
        assert objects["resources"] == [f"backups/{instance}/*"]
        assert listing["conditions"] == {"StringLike": {"s3:prefix": [f"{instance}/*"]}}


def test_a_service_writes_below_a_tenants_folder_only(declared: Declared) -> None:
    objects, *_ = _inputs(declared, "aqstream:s3:User")["minio-media_service"]["statements"]
    tenant = "????????-????-????-????-????????????"
    assert objects["resources"] == [f"media-documents/{tenant}/*", f"media-images/{tenant}/*"]


def test_credentials_reach_the_container_as_files_only(declared: Declared) -> None:
    container = _inputs(declared, "docker:index/container:Container")["minio"]
    assert container["envs"] == []
    assert "secret-of" not in str(container)
    files = _inputs(declared, "aqstream:docker:Files")["minio-files"]["files"]
    assert files["secrets/root-password"] == "secret-of-minio-aqstream-root"
    assert files["secrets/sealing-key"] == sealing_key("secret-of-minio-seal")


def test_a_renewed_certificate_is_announced_to_the_server(declared: Declared) -> None:
    files = declared["aqstream:docker:Files"][0].inputs
    assert files["notify"] == {"container": "aqstream-dev-minio", "signal": "SIGHUP"}


def test_each_node_of_four_but_the_last_is_waited_for(declared: Declared, intent: Intent) -> None:
    members = _inputs(declare(lambda: the_store(distributed(intent))), "aqstream:s3:Member")
    following = {
        name: [each.removeprefix("aqstream-dev-") for each in found["following"]] for name, found in members.items()
    }
    assert following == {
        "minio-member": ["minio-2", "minio-3", "minio-4"],
        "minio-2-member": ["minio-3", "minio-4"],
        "minio-3-member": ["minio-4"],
    }
    assert "aqstream:s3:Member" not in declared
