"""How the object store answers without TLS, without a key, with a wrong one, and to root."""

import secrets

import urllib3
from minio.error import MinioAdminException

from infra.model.object_access import ROOT
from policies.sources.live.access import Access, KeyPair
from policies.sources.live.objects.session import STORE, Session, error_code, fetch, http_client

_TIMEOUT_SECONDS = 5
# Error code of an attempt with a wrong secret -> whether that means that the login is served.
_ACCEPTS_LOGIN: dict[str | None, bool] = {"": True, "SignatureDoesNotMatch": False}
_ACCEPTS_ROOT: dict[str | None, bool] = {"": True, "SignatureDoesNotMatch": True, "InvalidAccessKeyId": False}


def accepts_plaintext(access: Access) -> bool | None:
    """Whether it serves HTTP without TLS; Go's server answers 400 to that on a TLS port."""
    endpoint = access.endpoint(STORE)
    http = urllib3.PoolManager(timeout=_TIMEOUT_SECONDS, retries=False)
    try:
        answer = fetch(http, "GET", f"http://{endpoint.host}:{endpoint.port}/minio/health/live")
    except urllib3.exceptions.ProtocolError:
        return False
    except urllib3.exceptions.HTTPError:
        return None
    return answer.status != 400


def accepts_wrong_password(access: Access, login: str) -> bool | None:
    """Whether it serves the login with a secret that is not its own."""
    return _ACCEPTS_LOGIN.get(_tried(access, login))


def accepts_root(access: Access) -> bool | None:
    """Whether root may use the API: a root that is switched off is refused before its signature is looked at."""
    return _ACCEPTS_ROOT.get(_tried(access, ROOT))


def shows_metrics(access: Access) -> bool | None:
    """Whether the metrics are there for everybody."""
    answer = _unsigned(access, "minio/v2/metrics/cluster")
    return None if answer is None else answer == 200


def is_readable(access: Access, bucket: str) -> bool | None:
    """Whether anybody may fetch objects: one that does not exist is 404 where reading is allowed, else 403."""
    answer = _unsigned(access, f"{bucket}/{secrets.token_hex(8)}")
    return None if answer is None else answer != 403


def is_listable(access: Access, bucket: str) -> bool | None:
    """Whether anybody may list the bucket."""
    answer = _unsigned(access, f"{bucket}?list-type=2&max-keys=1")
    return None if answer is None else answer != 403


def _unsigned(access: Access, path: str) -> int | None:
    endpoint = access.endpoint(STORE)
    try:
        return fetch(http_client(access), "GET", f"https://{endpoint.host}:{endpoint.port}/{path}").status
    except urllib3.exceptions.HTTPError:
        return None


def _tried(access: Access, login: str) -> str | None:
    session = Session(access, KeyPair(login, secrets.token_hex(20)))
    try:
        session.admin.account_info()
    except MinioAdminException as error:
        return error_code(str(error))
    except urllib3.exceptions.HTTPError:
        return None
    finally:
        session.close()
    return ""
