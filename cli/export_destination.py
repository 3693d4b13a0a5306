"""Where repositories are exported to and read again, as the command line names it, and with which login."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from minio.helpers import check_bucket_name

from infra.backup.export import Destination
from infra.backup.export_targets import BucketFolder, Folder
from infra.backup.second_copy import SecondCopy
from infra.model.errors import ConfigurationError
from infra.provider.object_store_login import StoreLogin
from infra.provider.object_store_session import Store

_KEYS = ("AQDATA_EXPORT_ACCESS_KEY", "AQDATA_EXPORT_SECRET_KEY")
_EXAMPLE = "such as s3://backup.example:9000/bucket/folder"


def destination(text: str, authority: Path | None) -> Destination:
    """A folder, or `s3://HOST:PORT/BUCKET/PREFIX`. Raises ConfigurationError."""
    return _bucket(text, authority) if "://" in text else Folder(Path(text))


def second_copy(text: str, instance: str) -> SecondCopy | None:
    """What an instance's export in a folder is; None where no folder is given. Raises ConfigurationError."""
    if "://" in text:
        raise ConfigurationError(
            f"--from {text}: expected a folder",
            "bring the bucket into one, such as by `aws s3 sync`, which keeps times",
        )
    return SecondCopy(Path(text).absolute(), instance) if text else None


def _bucket(text: str, authority: Path | None) -> BucketFolder:
    host, port, bucket, prefix = _parts(text)
    access_key, secret_key = (os.environ.get(name, "") for name in _KEYS)
    if not access_key or not secret_key:
        raise ConfigurationError(f"--to {text}: no keys for that store", f"set {' and '.join(_KEYS)}")
    login = {"host": host, "port": port, "accessKey": access_key, "secretKey": secret_key}
    return BucketFolder(_store(text, login, authority).s3, bucket, prefix, name=text)


def _parts(text: str) -> tuple[str, int, str, str]:
    """Host, port, bucket, prefix."""
    try:
        where = urlsplit(text)
        bucket, _, prefix = where.path.lstrip("/").partition("/")
        if where.scheme != "s3" or not where.hostname or not bucket:
            raise ValueError("expected a folder, or s3:// with a host and a bucket")
        check_bucket_name(bucket)
        return where.hostname, where.port or 443, bucket, f"{prefix.rstrip('/')}/" if prefix else ""
    except ValueError as error:
        raise ConfigurationError(f"--to {text}: {error}", _EXAMPLE) from error


def _store(to: str, login: dict[str, Any], authority: Path | None) -> Store:
    if authority is None:
        raise ConfigurationError(f"--to {to}: the other store's authority is unknown", "add --authority FILE, in PEM")
    try:
        return Store(StoreLogin.model_validate(login | {"authority": authority.read_text(encoding="ascii")}))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"--authority {authority}: {error}", "give the certificate in PEM") from error


def backup_login(outputs: Mapping[str, Any], instance: str) -> StoreLogin:
    """The login under which an instance's backups are kept."""
    endpoint, pair = outputs["endpoints"]["minio"], outputs["storageCredentials"]["s3"]["backups"][instance]
    where = {"host": endpoint["host"], "port": int(endpoint["port"]), "authority": outputs["authority"]}
    return StoreLogin.model_validate(where | pair)
