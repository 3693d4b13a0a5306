"""Token -> resource type. A new type is one file and one line here."""

from importlib import import_module
from typing import Any

from infra.model.errors import ConfigurationError
from infra.provider.resource_type import ResourceType

# Modules are imported when first asked for: a plan without changes needs none of their libraries.
RESOURCE_TYPES: dict[str, tuple[str, str]] = {
    "aqstream:secret:Password": ("infra.provider.password", "PasswordType"),
    "aqstream:tls:Authority": ("infra.provider.authority", "AuthorityType"),
    "aqstream:tls:Certificate": ("infra.provider.certificate", "CertificateType"),
    "aqstream:redis:Server": ("infra.provider.cache_server", "CacheServerType"),
    "aqstream:redis:Sentinel": ("infra.provider.cache_sentinel", "SentinelType"),
    "aqstream:redis:User": ("infra.provider.cache_user", "CacheUserType"),
    "aqstream:s3:Server": ("infra.provider.object_store_server", "ObjectStoreServerType"),
    "aqstream:s3:Member": ("infra.provider.object_store_member", "StoreMemberType"),
    "aqstream:s3:Bucket": ("infra.provider.bucket", "BucketType"),
    "aqstream:s3:User": ("infra.provider.object_store_user", "ObjectStoreUserType"),
    "aqstream:docker:Files": ("infra.provider.files", "FilesType"),
    "aqstream:docker:PidsLimit": ("infra.provider.pids_limit", "PidsLimitType"),
    "aqstream:etcd:Access": ("infra.provider.etcd_access", "EtcdAccessType"),
    "aqstream:etcd:Snapshots": ("infra.provider.etcd_snapshots", "EtcdSnapshotsType"),
    "aqstream:postgres:Member": ("infra.provider.postgres_member", "MemberType"),
    "aqstream:postgres:Cluster": ("infra.provider.postgres_cluster", "ClusterType"),
    "aqstream:postgres:Database": ("infra.provider.database", "DatabaseType"),
    "aqstream:postgres:TenantKey": ("infra.provider.tenant_key", "TenantKeyType"),
    "aqstream:backup:Stanza": ("infra.provider.stanza", "StanzaType"),
    "aqstream:sql:Changelog": ("infra.provider.changelog", "ChangelogType"),
}


def find(token: str) -> ResourceType[Any]:
    """The type of this token. Raises ConfigurationError for any other."""
    if token not in RESOURCE_TYPES:
        raise ConfigurationError(f"resource type {token} is unknown", f"known: {', '.join(sorted(RESOURCE_TYPES))}")
    module, name = RESOURCE_TYPES[token]
    found: ResourceType[Any] = getattr(import_module(module), name)()
    return found
