"""What clients of the object store see when it is killed, out of disk, rotated or renewed."""

import ssl
import time
from collections.abc import Iterator
from io import BytesIO

import pytest
from minio import Minio
from minio.error import MinioException, S3Error

from infra.provider.bucket import BucketType
from infra.provider.object_store_login import connect
from infra.provider.object_store_session import when_started
from tests.servers.container import DAY
from tests.servers.minio import TestMinio, running_minio

pytestmark = pytest.mark.docker

TENANT = "7c0a3f9e-1111-4222-8333-444455556666"
BUCKET = "media-documents"


@pytest.fixture(scope="module")
def store() -> Iterator[TestMinio]:
    """A store of its own, for these tests break it."""
    with running_minio() as found:
        yield found


def test_a_killed_store_has_every_acknowledged_object_when_it_is_back(store: TestMinio) -> None:
    service = store.s3("media_service")
    for number in range(20):
        service.put_object(BUCKET, f"{TENANT}/{number}", BytesIO(b"ticket"), 6)
    store.server.container.kill("SIGKILL")
    store.server.container.start()
    with connect(store.login("media_service")) as back:
        when_started(back.admin.account_info, 30)
        found = back.s3.list_objects(BUCKET, prefix=f"{TENANT}/")
        assert len(list(found)) == 20
        assert back.s3.get_object(BUCKET, f"{TENANT}/7").data == b"ticket"


def test_a_renewed_certificate_is_served_without_a_restart(store: TestMinio) -> None:
    certificate, key = store.authority.issue(validity=2 * DAY)
    store.server.renew({"certs/public.crt": certificate, "certs/private.key": key}, "SIGHUP")
    expected = ssl.PEM_cert_to_DER_cert(certificate)
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        served = ssl.get_server_certificate(("127.0.0.1", store.server.port))
        if ssl.PEM_cert_to_DER_cert(served) == expected:
            return
        time.sleep(0.2)
    pytest.fail("the store went on with the certificate before")


def test_a_bucket_over_its_quota_refuses_writes_and_serves_reads(store: TestMinio) -> None:
    service = store.s3("media_service")
    service.put_object("media-images", f"{TENANT}/a", BytesIO(b"x" * 2048), 2048)
    BucketType().update("media-images", {}, store.bucket_inputs("media-images", quota=1024))
    with pytest.raises(S3Error) as refused:
        service.put_object("media-images", f"{TENANT}/b", BytesIO(b"x" * 2048), 2048)
    assert refused.value.code == "XMinioAdminBucketQuotaExceeded"
    assert service.get_object("media-images", f"{TENANT}/a").data == b"x" * 2048
    BucketType().update("media-images", {}, store.bucket_inputs("media-images"))


def test_a_full_disk_refuses_writes_and_serves_reads() -> None:
    with running_minio(memory_disk="size=96m,uid=999,gid=999,mode=0700") as small:
        service = small.s3("media_service")
        service.put_object(BUCKET, f"{TENANT}/first", BytesIO(b"kept"), 4)
        with pytest.raises(MinioException, match=r"no space left on device|StorageFull"):
            _fill(service)
        assert service.get_object(BUCKET, f"{TENANT}/first").data == b"kept"


def _fill(service: Minio) -> None:
    block = b"x" * (8 << 20)
    for number in range(40):
        service.put_object(BUCKET, f"{TENANT}/{number}", BytesIO(block), len(block))
