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


@pytest.fixture(scope="module")
def intent() -> Intent:
    return load_intent("dev")


@pytest.fixture(scope="module")
def declared(intent: Intent) -> Declared:
    def program() -> None:
        networks = Networks(intent.stack).names
        ObjectStore("minio", ObjectStoreArgs(intent, Trust(intent.stack), networks, "sha256:image"))

    return declare(program)


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
