"""Presigned URLs open one object of one tenant for a while."""

import time
from datetime import timedelta

import pytest

from infra.model.errors import ConfigurationError
from infra.presigned import presign, tenant_client
from infra.provider.object_store_login import StoreLogin
from infra.provider.object_store_session import http_client
from tests.servers.minio import TestMinio

pytestmark = pytest.mark.docker

TENANT_A = "7c0a3f9e-1111-4222-8333-444455556666"
TENANT_B = "0b0b0b0b-1111-4222-8333-444455556666"
BUCKET = "media-images"
SOON = timedelta(minutes=1)


@pytest.fixture(scope="module")
def login(minio: TestMinio) -> StoreLogin:
    return minio.login("media_service")


def _status(login: StoreLogin, method: str, url: str, body: bytes | None = None) -> int:
    return int(http_client(login.authority).request(method, url, body=body).status)


def test_an_object_is_stored_and_fetched_through_urls(login: StoreLogin) -> None:
    key = f"{TENANT_A}/poster.png"
    assert _status(login, "PUT", presign(login, BUCKET, key, "PUT", SOON), b"picture") == 200
    answer = http_client(login.authority).request("GET", presign(login, BUCKET, key, "GET", SOON))
    assert (answer.status, answer.data) == (200, b"picture")


def test_an_expired_url_is_refused(login: StoreLogin) -> None:
    url = presign(login, BUCKET, f"{TENANT_A}/poster.png", "GET", timedelta(seconds=1))
    time.sleep(2.1)
    assert _status(login, "GET", url) == 403


def test_a_url_changed_to_another_tenants_object_is_refused(login: StoreLogin) -> None:
    url = presign(login, BUCKET, f"{TENANT_A}/poster.png", "GET", SOON)
    assert _status(login, "GET", url.replace(TENANT_A, TENANT_B)) == 403


def test_credentials_issued_for_one_tenant_cannot_sign_for_another(login: StoreLogin) -> None:
    client = tenant_client(login, BUCKET, TENANT_A, "GET")
    url = client.get_presigned_url("GET", BUCKET, f"{TENANT_B}/poster.png", expires=SOON)
    assert _status(login, "GET", url) == 403


def test_a_url_for_fetching_cannot_store(login: StoreLogin) -> None:
    client = tenant_client(login, BUCKET, TENANT_A, "GET")
    url = client.get_presigned_url("PUT", BUCKET, f"{TENANT_A}/poster.png", expires=SOON)
    assert _status(login, "PUT", url, b"x") == 403


def test_a_url_for_a_bucket_of_somebody_else_is_refused(login: StoreLogin) -> None:
    assert _status(login, "GET", presign(login, "backups", f"{TENANT_A}/base", "GET", SOON)) == 403


@pytest.mark.parametrize("key", ["poster.png", f"{TENANT_A}", f"{TENANT_A}/", f"{TENANT_A.upper()}/x", "a/b"])
def test_a_key_outside_a_tenants_folder_is_not_signed(login: StoreLogin, key: str) -> None:
    with pytest.raises(ConfigurationError, match="lies in no tenant's folder"):
        presign(login, BUCKET, key, "GET", SOON)


def test_a_lifetime_beyond_the_issued_credentials_is_refused(login: StoreLogin) -> None:
    with pytest.raises(ConfigurationError, match="is not possible"):
        presign(login, BUCKET, f"{TENANT_A}/x", "GET", timedelta(days=1))
