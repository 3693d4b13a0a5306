"""A login on the object store: requests signed with its key, and what the administration answers."""

import json
import re
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import urllib3
from minio import Minio, MinioAdmin
from minio.credentials.providers import StaticProvider
from minio.error import MinioAdminException, MinioException

from infra.model.errors import CannotCheck
from policies.sources.live.access import Access, KeyPair

STORE = "minio"
REGION = "us-east-1"
_CODE = re.compile(r'<Code>(\w+)</Code>|"Code":"(\w+)"')
_TIMEOUT_SECONDS = 60
_SOON = timedelta(minutes=5)


@dataclass(frozen=True)
class Answer:
    """An HTTP answer; `code` is the S3 error code, empty for a success."""

    status: int
    text: str
    headers: Mapping[str, str]

    @property
    def code(self) -> str:
        """`AccessDenied`, `NoSuchKey`, ..."""
        return error_code(self.text)


class Session:
    """Requests of one login."""

    def __init__(self, access: Access, pair: KeyPair) -> None:
        endpoint = access.endpoint(STORE)
        self._http = http_client(access)
        where = f"{endpoint.host}:{endpoint.port}"
        self.s3 = Minio(where, pair.user, pair.secret, secure=True, region=REGION, http_client=self._http)
        credentials = StaticProvider(pair.user, pair.secret)
        self.admin = MinioAdmin(endpoint=where, credentials=credentials, region=REGION, http_client=self._http)

    def request(self, method: str, bucket: str, key: str, query: Mapping[str, str], body: bytes = b"") -> Answer:
        """One signed request for an object."""
        url = self.s3.get_presigned_url(method, bucket, key, expires=_SOON, extra_query_params=dict(query))
        return fetch(self._http, method, url, body)

    def close(self) -> None:
        """Drop the connections."""
        self._http.clear()


@contextmanager
def opened(access: Access, login: str) -> Iterator[Session]:
    """A session of this login. Raises CannotCheck naming login and cause."""
    if login not in access.objects:
        raise CannotCheck(f"{STORE}: no key for {login} among the stack's outputs", "run `aqdata up`")
    session = Session(access, access.objects[login])
    try:
        yield session
    except (MinioException, MinioAdminException, urllib3.exceptions.HTTPError) as error:
        raise CannotCheck(
            f"{STORE}: {login}: {error_code(str(error)) or error}", f"check that the container of {STORE} is healthy"
        ) from error
    finally:
        session.close()


def http_client(access: Access) -> urllib3.PoolManager:
    """Verifies the server against the stack's authority; never tries twice by itself."""
    context = ssl.create_default_context(cafile=str(access.authority))
    return urllib3.PoolManager(ssl_context=context, timeout=_TIMEOUT_SECONDS, retries=False, maxsize=4)


def fetch(http: urllib3.PoolManager, method: str, url: str, body: bytes = b"") -> Answer:
    """One request as it is. Raises urllib3's HTTPError."""
    answer = http.request(method, url, body=body or None)
    return Answer(answer.status, answer.data.decode(errors="replace"), answer.headers)


def error_code(text: str) -> str:
    """The S3 or administration error code in an answer."""
    match = _CODE.search(text)
    return (match[1] or match[2]) if match else ""


def parsed(text: str) -> Any:
    """An answer of the administration."""
    return json.loads(text)
