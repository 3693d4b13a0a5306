"""URLs that let somebody fetch or store one object for a while, without a key of their own.

They are signed with credentials that the store issues for this purpose and that reach one tenant's folder only: a
mistake in the caller cannot sign another tenant's object.
"""

import json
import uuid
from datetime import timedelta
from typing import Literal

from minio import Minio
from minio.credentials.providers import AssumeRoleProvider

from infra.model.errors import ConfigurationError
from infra.provider.object_store_login import StoreLogin, connect
from infra.provider.object_store_session import REGION, http_client

Method = Literal["GET", "PUT"]
_ACTIONS: dict[Method, str] = {"GET": "s3:GetObject", "PUT": "s3:PutObject"}
LONGEST = timedelta(hours=1)
"""The issued credentials live this long, and a URL never longer than what signed it."""


def presign(login: StoreLogin, bucket: str, key: str, method: Method, lifetime: timedelta) -> str:
    """The URL. Raises ConfigurationError for a key outside a tenant's folder or too long a lifetime, ResourceError."""
    if not timedelta(0) < lifetime <= LONGEST:
        raise ConfigurationError(f"a lifetime of {lifetime} is not possible", f"expected up to {LONGEST}")
    with connect(login):
        client = tenant_client(login, bucket, tenant_of(key), method)
        return str(client.get_presigned_url(method, bucket, key, expires=lifetime))


def tenant_of(key: str) -> str:
    """The tenant whose folder the object lies in. Raises ConfigurationError."""
    folder, separator, name = key.partition("/")
    try:
        tenant = str(uuid.UUID(folder))
    except ValueError:
        tenant = ""
    if tenant != folder or not separator or not name:
        raise ConfigurationError(
            f"'{key}' lies in no tenant's folder", "expected {tenant_id}/..., the tenant's id in lower case first"
        )
    return tenant


def tenant_client(login: StoreLogin, bucket: str, tenant: str, method: Method) -> Minio:
    """A client that may do this with this tenant's objects in this bucket, for LONGEST, and nothing else."""
    policy = {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": [_ACTIONS[method]], "Resource": [f"arn:aws:s3:::{bucket}/{tenant}/*"]}
        ],
    }
    http = http_client(login.authority)
    provider = AssumeRoleProvider(
        sts_endpoint=f"https://{login.endpoint}",
        access_key=login.access_key,
        secret_key=login.secret_key,
        duration_seconds=int(LONGEST.total_seconds()),
        policy=json.dumps(policy),
        region=REGION,
        http_client=http,
    )
    return Minio(login.endpoint, credentials=provider, secure=True, region=REGION, http_client=http)
