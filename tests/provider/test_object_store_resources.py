"""Buckets and users of the object store as resources: made, read back, mended, rotated, removed."""

from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
import urllib3
from minio.error import S3Error

from infra.metrics_token import metrics_token
from infra.model.errors import ResourceError
from infra.model.object_access import METRICS, PROVISIONER, ROOT
from infra.provider.bucket import BucketInputs, BucketType
from infra.provider.object_store_login import connect, may_log_in
from infra.provider.object_store_server import ObjectStoreServerType, StoreServerInputs
from infra.provider.object_store_session import http_client
from infra.provider.object_store_user import CHANGED_OUTSIDE, ObjectStoreUserType, StoreUserInputs
from tests.policies.storage import mc
from tests.servers.minio import TestMinio, running_minio, statements_of

pytestmark = pytest.mark.docker

TENANT = "7c0a3f9e-1111-4222-8333-444455556666"


@pytest.fixture(scope="module")
def store() -> Iterator[TestMinio]:
    """A store of its own, for these tests change it."""
    with running_minio() as found:
        yield found


def state_of(inputs: BucketInputs | StoreUserInputs | StoreServerInputs) -> dict[str, Any]:
    """The inputs as they are kept in a stack's state."""
    return inputs.model_dump(mode="json", by_alias=True)


def user_state(store: TestMinio, name: str) -> dict[str, Any]:
    """The same for a user; its statements as the program writes them."""
    return state_of(store.user_inputs(name)) | {"statements": statements_of(store.intent)[name]}


@pytest.mark.parametrize("bucket", ["media-images", "media-documents", "backups"])
def test_a_deployed_bucket_is_read_back_as_declared(store: TestMinio, bucket: str) -> None:
    inputs = store.bucket_inputs(bucket)
    assert BucketType().read(bucket, state_of(inputs), inputs) == state_of(inputs)


@pytest.mark.parametrize(
    ("command", "changed", "reads"),
    [
        ("mc version suspend store/media-documents", "versioned", False),
        ("mc quota clear store/media-documents", "quota", 0),
        ("mc encrypt clear store/media-documents", "encrypted", False),
        ("mc ilm rule add --expire-days 14 store/media-documents", "lifecycle", ["objects go after 14 days"]),
        (
            "mc anonymous set download store/media-documents",
            "anonymous",
            ["allow s3:GetObject on media-documents/*"],
        ),
    ],
)
def test_a_change_made_outside_is_read_in_words_and_mended(
    store: TestMinio, command: str, changed: str, reads: object
) -> None:
    inputs = store.bucket_inputs("media-documents")
    with connect(store.login(PROVISIONER)) as provisioner:
        mc.run(provisioner, command)
    found = BucketType().read(inputs.name, state_of(inputs), inputs)
    assert found == state_of(inputs) | {changed: reads}
    BucketType().update(inputs.name, found, inputs)
    assert BucketType().read(inputs.name, state_of(inputs), inputs) == state_of(inputs)


def test_a_bucket_declared_public_is_fetched_and_not_listed_by_anybody(store: TestMinio) -> None:
    inputs = store.bucket_inputs("media-images", publicRead=True, anonymous=("allow s3:GetObject on media-images/*",))
    BucketType().update(inputs.name, {}, inputs)
    store.s3("media_service").put_object(inputs.name, f"{TENANT}/logo.png", BytesIO(b"logo"), 4)
    http, address = http_client(store.authority.certificate), f"https://127.0.0.1:{store.server.port}/media-images"
    assert http.request("GET", f"{address}/{TENANT}/logo.png").data == b"logo"
    assert http.request("GET", f"{address}?list-type=2").status == 403
    BucketType().update(inputs.name, state_of(inputs), store.bucket_inputs(inputs.name))
    assert http.request("GET", f"{address}/{TENANT}/logo.png").status == 403


def test_an_object_in_an_encrypted_bucket_is_sealed(store: TestMinio) -> None:
    service = store.s3("media_service")
    service.put_object("media-documents", f"{TENANT}/ticket.pdf", BytesIO(b"ticket"), 6)
    found = service.stat_object("media-documents", f"{TENANT}/ticket.pdf")
    assert (found.metadata or {}).get("X-Amz-Server-Side-Encryption") == "AES256"


def test_a_bucket_that_holds_objects_is_not_deleted(store: TestMinio) -> None:
    store.s3("media_service").put_object("media-images", f"{TENANT}/kept.png", BytesIO(b"x"), 1)
    with pytest.raises(ResourceError, match="holds objects"):
        BucketType().delete("media-images", state_of(store.bucket_inputs("media-images")))


def test_an_empty_bucket_comes_and_goes(store: TestMinio) -> None:
    inputs = store.bucket_inputs("media-images").model_copy(update={"name": "passing"})
    BucketType().create(inputs)
    BucketType().delete("passing", state_of(inputs))
    assert BucketType().read("passing", state_of(inputs), inputs) is None
    BucketType().delete("passing", state_of(inputs))


def test_a_deployed_user_is_read_back_as_declared(store: TestMinio) -> None:
    for name in statements_of(store.intent):
        assert ObjectStoreUserType().read(name, user_state(store, name), store.user_inputs(name)) == user_state(
            store, name
        )


@pytest.mark.parametrize(
    ("command", "changed"),
    [
        ("mc admin policy attach store readwrite --user media_service", "policies"),
        ("mc admin user disable store media_service", "enabled"),
        ("mc admin user add store media_service another-secret", "secretKey"),
        (
            """mc admin policy create store media_service <<< '{"Version":"2012-10-17","Statement":[
            {"Effect":"Allow","Action":["s3:*"],"Resource":["arn:aws:s3:::*"]}]}'""",
            "statements",
        ),
    ],
)
def test_a_drifted_user_or_policy_is_read_and_mended(store: TestMinio, command: str, changed: str) -> None:
    inputs, state = store.user_inputs("media_service"), user_state(store, "media_service")
    with connect(store.login(PROVISIONER)) as provisioner:
        mc.run(provisioner, command)
    found = ObjectStoreUserType().read(inputs.name, state, inputs)
    assert found is not None
    assert changed in {key for key in found if found[key] != state[key]}
    ObjectStoreUserType().update(inputs.name, found, inputs)
    assert ObjectStoreUserType().read(inputs.name, state, inputs) == state


def test_a_rotated_secret_replaces_the_one_before_at_once(store: TestMinio) -> None:
    after = store.user_inputs("media_service", secretKey="the-new-secret-key")
    ObjectStoreUserType().update(after.name, user_state(store, after.name), after)
    assert may_log_in(store.login("media_service", "the-new-secret-key"))
    assert not may_log_in(store.login("media_service"))
    ObjectStoreUserType().update(after.name, {}, store.user_inputs("media_service"))


def test_a_service_cannot_change_its_own_secret(store: TestMinio) -> None:
    with pytest.raises(ResourceError, match="AccessDenied"), connect(store.login("media_service")) as own:
        own.admin.user_add("media_service", "a-secret-of-its-own")


def test_a_service_cannot_delete_versions(store: TestMinio) -> None:
    service = store.s3("media_service")
    written = service.put_object("media-images", f"{TENANT}/versioned.png", BytesIO(b"x"), 1)
    with pytest.raises(S3Error, match="AccessDenied"):
        service.remove_object("media-images", f"{TENANT}/versioned.png", version_id=written.version_id)


def test_root_is_switched_off_after_set_up(store: TestMinio) -> None:
    assert not may_log_in(store.login(ROOT))


def test_root_switched_on_again_is_read_and_mended(store: TestMinio) -> None:
    inputs = store.server_inputs()
    with connect(store.login(PROVISIONER)) as provisioner:
        mc.run(provisioner, "mc admin config set store api root_access=on")
    found = ObjectStoreServerType().read(inputs.container, state_of(inputs), inputs)
    assert found is not None
    assert found["rootAccess"] is True
    ObjectStoreServerType().update(inputs.container, state_of(inputs), inputs)
    assert not may_log_in(store.login(ROOT))


def test_the_provisioners_own_secret_is_rotated_with_the_one_before(store: TestMinio) -> None:
    before = store.server_inputs()
    after = store.server_inputs(login=store.login(PROVISIONER, "the-new-provisioner-secret"))
    ObjectStoreServerType().update(before.container, state_of(before), after)
    assert may_log_in(after.login)
    ObjectStoreServerType().update(before.container, state_of(after), before)
    assert may_log_in(before.login)


def test_another_sealing_key_is_refused(store: TestMinio) -> None:
    inputs = store.server_inputs()
    with pytest.raises(ResourceError, match="sealing key"):
        ObjectStoreServerType().update(
            inputs.container, state_of(inputs), store.server_inputs(sealingKey="another-key")
        )


def test_the_metrics_token_opens_the_metrics_and_nothing_else_does(store: TestMinio) -> None:
    token = metrics_token(METRICS, store.secrets[METRICS], timedelta(minutes=1))
    other = metrics_token("media_service", store.secrets["media_service"], timedelta(minutes=1))
    assert [_metrics(store, bearer) for bearer in (token, other, "")] == [200, 403, 403]


def _metrics(store: TestMinio, bearer: str) -> int:
    http: urllib3.PoolManager = http_client(store.authority.certificate)
    address = f"https://127.0.0.1:{store.server.port}/minio/v2/metrics/cluster"
    return int(http.request("GET", address, headers={"Authorization": f"Bearer {bearer}"} if bearer else {}).status)


def test_a_missing_secret_appears_in_no_error(store: TestMinio) -> None:
    with pytest.raises(ResourceError) as caught, connect(store.login("media_service", "a-wrong-secret")) as wrong:
        wrong.admin.account_info()
    assert "a-wrong-secret" not in str(caught.value)
    assert CHANGED_OUTSIDE not in str(caught.value)
