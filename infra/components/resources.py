"""The plugin's resource types as a program declares them; inputs and outputs are described in `infra/provider`."""

from collections.abc import Mapping
from typing import Any

import pulumi


class Password(pulumi.CustomResource):
    """A random password; `result` is secret."""

    result: pulumi.Output[str]

    def __init__(self, name: str, opts: pulumi.ResourceOptions) -> None:
        secret = pulumi.ResourceOptions(additional_secret_outputs=["result"])
        super().__init__(
            "aqstream:secret:Password", name, {"length": 40, "generation": 1, "result": None}, _with(opts, secret)
        )


class Authority(pulumi.CustomResource):
    """The stack's certificate authority."""

    certificate: pulumi.Output[str]
    privateKey: pulumi.Output[str]  # noqa: N815 the SDK sets outputs by their names on the wire

    def __init__(self, name: str, common_name: str, validity: int, opts: pulumi.ResourceOptions) -> None:
        props = {"commonName": common_name, "validity": validity, "certificate": None, "privateKey": None}
        super().__init__("aqstream:tls:Authority", name, props, _with(opts, _KEY_IS_SECRET))


class Certificate(pulumi.CustomResource):
    """A key pair signed by the stack's authority."""

    certificate: pulumi.Output[str]
    privateKey: pulumi.Output[str]  # noqa: N815 the SDK sets outputs by their names on the wire

    def __init__(self, name: str, props: Mapping[str, Any], opts: pulumi.ResourceOptions) -> None:
        computed = {"certificate": None, "privateKey": None}
        super().__init__("aqstream:tls:Certificate", name, {**props, **computed}, _with(opts, _KEY_IS_SECRET))


class Files(pulumi.CustomResource):
    """A container's configuration and secrets, in a volume."""

    def __init__(self, name: str, props: Mapping[str, Any], opts: pulumi.ResourceOptions) -> None:
        super().__init__("aqstream:docker:Files", name, dict(props), opts)


class PidsLimit(pulumi.CustomResource):
    """How many processes a container may have."""

    def __init__(self, name: str, props: Mapping[str, Any], opts: pulumi.ResourceOptions) -> None:
        super().__init__("aqstream:docker:PidsLimit", name, dict(props), opts)


class EtcdAccess(pulumi.CustomResource):
    """The consensus store's logins."""

    def __init__(self, name: str, props: Mapping[str, Any], opts: pulumi.ResourceOptions) -> None:
        super().__init__("aqstream:etcd:Access", name, dict(props), opts)


class EtcdSnapshots(pulumi.CustomResource):
    """The consensus store's place in the backup bucket, with a snapshot that was seen to arrive."""

    def __init__(self, name: str, props: Mapping[str, Any], opts: pulumi.ResourceOptions) -> None:
        super().__init__("aqstream:etcd:Snapshots", name, dict(props), opts)


class StoreMember(pulumi.CustomResource):
    """A node of a distributed object store that is back in it."""

    def __init__(self, name: str, props: Mapping[str, Any], opts: pulumi.ResourceOptions) -> None:
        super().__init__("aqstream:s3:Member", name, dict(props), opts)


class Member(pulumi.CustomResource):
    """A node that follows or leads its cluster."""

    def __init__(self, name: str, props: Mapping[str, Any], opts: pulumi.ResourceOptions) -> None:
        super().__init__("aqstream:postgres:Member", name, dict(props), opts)


class Cluster(pulumi.CustomResource):
    """What the nodes of an instance share."""

    def __init__(self, name: str, props: Mapping[str, Any], opts: pulumi.ResourceOptions) -> None:
        super().__init__("aqstream:postgres:Cluster", name, dict(props), opts)


class Database(pulumi.CustomResource):
    """An instance's database: roles, schemas, extensions, guards."""

    def __init__(self, name: str, props: Mapping[str, Any], opts: pulumi.ResourceOptions) -> None:
        super().__init__("aqstream:postgres:Database", name, dict(props), opts)


class TenantKey(pulumi.CustomResource):
    """What an instance checks its sessions' tokens with."""

    def __init__(self, name: str, props: Mapping[str, Any], opts: pulumi.ResourceOptions) -> None:
        super().__init__("aqstream:postgres:TenantKey", name, dict(props), opts)


class Changelog(pulumi.CustomResource):
    """A service's applied changesets."""

    def __init__(self, name: str, props: Mapping[str, Any], opts: pulumi.ResourceOptions) -> None:
        super().__init__("aqstream:sql:Changelog", name, dict(props), opts)


class Stanza(pulumi.CustomResource):
    """An instance's place in its backup repository, with working archiving."""

    def __init__(self, name: str, props: Mapping[str, Any], opts: pulumi.ResourceOptions) -> None:
        super().__init__("aqstream:backup:Stanza", name, dict(props), opts)


_KEY_IS_SECRET = pulumi.ResourceOptions(additional_secret_outputs=["privateKey"])


def _with(opts: pulumi.ResourceOptions, more: pulumi.ResourceOptions) -> pulumi.ResourceOptions:
    return pulumi.ResourceOptions.merge(opts, more)
