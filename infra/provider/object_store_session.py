"""A session with the object store over TLS: its S3 interface and MinIO's administration."""

import json
import ssl
import time
from collections.abc import Callable, Container, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import urllib3
from minio import Minio, MinioAdmin
from minio.credentials.providers import StaticProvider
from minio.error import MinioAdminException, MinioException, S3Error

from infra.model.docker_engine import was_never_sent
from infra.model.errors import OutcomeUnknown, ResourceError
from infra.provider.object_store_login import StoreLogin

T = TypeVar("T")
REGION = "us-east-1"
_TIMEOUT_SECONDS = 30
_POLL_SECONDS = 0.05
_STARTING = (
    *("NotInitialized", "SlowDown", "SlowDownRead", "SlowDownWrite", "ServiceUnavailable"),
    # A server that still reads its users and policies forgets those that were added meanwhile.
    *("NoSuchPolicy", "NoSuchUser"),
)
_REFUSED = frozenset({"AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch"})


class Store:
    """A login's two clients: `s3` for buckets and objects, `admin` for users and policies."""

    def __init__(self, login: StoreLogin) -> None:
        self._http = http_client(login.authority)
        pair = (login.access_key, login.secret_key)
        self.s3 = Minio(login.endpoint, *pair, secure=True, region=REGION, http_client=self._http)
        self.admin = MinioAdmin(
            endpoint=login.endpoint, credentials=StaticProvider(*pair), region=REGION, http_client=self._http
        )

    def found(self, call: Callable[[], T], gone: Container[str]) -> T | None:
        """The call's result, or None where the store answers with one of these codes."""
        try:
            return call()
        except (S3Error, MinioAdminException) as error:
            if code_of(error) in gone:
                return None
            raise

    def close(self) -> None:
        """Drop the connections."""
        self._http.clear()


def http_client(authority: str) -> urllib3.PoolManager:
    """Verifies the server against the authority (PEM); never tries twice by itself."""
    context = ssl.create_default_context(cadata=authority)
    return urllib3.PoolManager(ssl_context=context, timeout=_TIMEOUT_SECONDS, retries=False, maxsize=4)


@contextmanager
def connect(login: StoreLogin) -> Iterator[Store]:
    """The login's clients. Raises ResourceError naming the endpoint where a call inside fails, and OutcomeUnknown where
    the store does not answer one that it may have heard."""
    store = Store(login)
    try:
        yield store
    except (MinioException, MinioAdminException, urllib3.exceptions.HTTPError) as error:
        is_silence = isinstance(error, urllib3.exceptions.HTTPError) and not was_never_sent(error)
        raise (OutcomeUnknown if is_silence else ResourceError)(
            f"object store at {login.endpoint} as {login.access_key}: {reason_of(error)}",
            "docker ps --filter name=aqstream-",
        ) from error
    finally:
        store.close()


def when_started(call: Callable[[], T], patience: float) -> T:
    """The call's result; for `patience` seconds it tries again while the server does not serve yet."""
    deadline = time.monotonic() + patience
    while True:
        try:
            return call()
        except (S3Error, MinioAdminException, urllib3.exceptions.HTTPError) as error:
            if not _is_starting(error) or time.monotonic() > deadline:
                raise
            time.sleep(_POLL_SECONDS)


def may_log_in(login: StoreLogin, *, patience: float = 0) -> bool:
    """Whether the store accepts this key pair. Raises ResourceError where it does not answer in time."""
    try:
        with connect(login) as store:
            when_started(store.admin.account_info, patience)
    except ResourceError as error:
        if error.__cause__ is not None and code_of(error.__cause__) in _REFUSED:
            return False
        raise
    return True


def code_of(error: BaseException) -> str:
    """The S3 or administration error code, or nothing where the error has none."""
    if isinstance(error, S3Error):
        return str(error.code)
    if isinstance(error, MinioAdminException):
        return str(_admin_answer(error).get("Code", ""))
    return ""


def _admin_answer(error: MinioAdminException) -> dict[str, Any]:
    """The JSON in the error; the library keeps it only inside its message."""
    try:
        answer = json.loads(str(error).partition("Body: ")[2])
    except json.JSONDecodeError:
        return {}
    return answer if isinstance(answer, dict) else {}


def reason_of(error: Exception) -> str:
    """Why the store refused a call, or was not reached."""
    if isinstance(error, S3Error):
        return f"{error.code}: {error.message}"
    if isinstance(error, MinioAdminException) and _admin_answer(error):
        answer = _admin_answer(error)
        return f"{answer.get('Code')}: {answer.get('Message')}"
    return str(error)


def _is_starting(error: Exception) -> bool:
    """A published port accepts and closes before its server listens: a broken handshake is no verdict, a wrong
    certificate is."""
    if isinstance(error, urllib3.exceptions.HTTPError):
        return not any(isinstance(reason, ssl.SSLCertVerificationError) for reason in error.args)
    return code_of(error).endswith(_STARTING)
