"""Where repositories are exported to, as the command line names it, and with which login they are read."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from infra.backup.export import Destination
from infra.backup.export_targets import BucketFolder, Folder
from infra.model.errors import ConfigurationError
from infra.provider.object_store_login import StoreLogin
from infra.provider.object_store_session import Store

_KEYS = ("AQDATA_EXPORT_ACCESS_KEY", "AQDATA_EXPORT_SECRET_KEY")


def destination(text: str, authority: Path | None) -> Destination:
    """A folder, or `s3://HOST:PORT/BUCKET/PREFIX`. Raises ConfigurationError."""
    if not text.startswith("s3://"):
        return Folder(Path(text))
    where = urlsplit(text)
    bucket, _, prefix = where.path.lstrip("/").partition("/")
    access_key, secret_key = (os.environ.get(name, "") for name in _KEYS)
    if not where.hostname or not bucket:
        raise ConfigurationError(f"--to {text}: expected a host and a bucket", "s3://backup.example:9000/bucket/folder")
    if not access_key or not secret_key:
        raise ConfigurationError(f"--to {text}: no keys for that store", f"set {' and '.join(_KEYS)}")
    where_to = {"host": where.hostname, "port": where.port or 443, "authority": _certificate(authority)}
    login = StoreLogin.model_validate(where_to | {"accessKey": access_key, "secretKey": secret_key})
    return BucketFolder(Store(login).s3, bucket, f"{prefix.rstrip('/')}/" if prefix else "")


def backup_login(outputs: Mapping[str, Any], instance: str) -> StoreLogin:
    """The login under which an instance's backups are kept."""
    endpoint, pair = outputs["endpoints"]["minio"], outputs["storageCredentials"]["s3"]["backups"][instance]
    where = {"host": endpoint["host"], "port": int(endpoint["port"]), "authority": outputs["authority"]}
    return StoreLogin.model_validate(where | pair)


def _certificate(file: Path | None) -> str:
    if file is None:
        raise ConfigurationError("--to s3://: the other store's authority is unknown", "add --authority FILE")
    try:
        return file.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"--authority {file}: {error}", "give the certificate in PEM") from error
