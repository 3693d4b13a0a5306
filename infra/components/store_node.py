"""One node of the object store: its certificate, files, drive and container."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_docker as docker

from infra.components.container import Configuration, Server, configured, hardened, volume
from infra.components.hosts import hosts_input
from infra.components.network import STORE_ALIAS, store_networks
from infra.components.resources import Files, StoreMember
from infra.components.trust import Trust
from infra.model.intent import Intent
from infra.model.object_access import ROOT
from infra.model.storage import StoreNode

PORT = 9000
_LIVE = f"https://localhost:{PORT}/minio/health/live"
_HEALTHCHECK = ("curl", "--silent", "--fail", "--cacert", "/etc/aqstream/certs/CAs/authority.crt", _LIVE)


@dataclass(frozen=True)
class ObjectStoreArgs:
    """`networks`: short name -> physical network; `image`: the image's id."""

    intent: Intent
    trust: Trust
    networks: Mapping[str, pulumi.Output[str]]
    image: pulumi.Input[str]


@dataclass(frozen=True)
class StoreSecrets:
    """What all nodes share: root's password, and the key that seals what they keep."""

    root: pulumi.Output[str]
    sealing_key: pulumi.Output[str]


@dataclass(frozen=True)
class StartedNode:
    """A node's container and the volume of its drive."""

    container: docker.Container
    data: docker.Volume


def store_node(
    owner: pulumi.Resource,
    node: StoreNode,
    args: ObjectStoreArgs,
    secrets: StoreSecrets,
    before: Sequence[pulumi.Resource],
) -> StartedNode:
    """The node as resources below `owner`, its container after those `before`."""
    stack = args.intent.stack
    files = _files(owner, node, args, secrets)
    data = volume(f"{node.name}-data", stack, owner, holds_data=True)
    server = Server(
        name=node.name,
        image=args.image,
        networks={name: (args.networks[name], [STORE_ALIAS]) for name in store_networks(stack)},
        ports={PORT: node.port},
        volumes={"/data": data.name},
        configuration=stack.physical(f"{node.name}-config"),
        limits=stack.object_store.limits,
        healthcheck=_HEALTHCHECK,
        stop_signal="SIGTERM",
        tmpfs={"/tmp": "64m"},  # noqa: S108 the container's own
    )
    opts = pulumi.ResourceOptions(parent=owner, depends_on=[files, *before])
    return StartedNode(hardened(server, stack, opts), data)


def store_member(owner: pulumi.Resource, node: StoreNode, started: StartedNode, args: ObjectStoreArgs) -> StoreMember:
    """What the next node's container waits for."""
    stack = args.intent.stack
    names = [each.name for each in stack.object_store.every_node]
    containers = [stack.physical(name) for name in names]
    own, following = containers[node.position], containers[node.position + 1 :]
    props = {
        "containers": [own, *(each for each in containers if each != own)],
        "containerId": started.container.id,
        "following": following,
        **hosts_input(stack, *names),
    }
    needed = pulumi.ResourceOptions(parent=owner, depends_on=[started.container])
    return StoreMember(f"{node.name}-member", props, needed)


def drives(nodes: Sequence[str]) -> str:
    """The drive of every node, as MinIO's arguments; `nodes` are the containers' names, for `minio` is any of them."""
    return "".join(f"https://{node}:{PORT}/data\n" for node in nodes)


def _files(owner: pulumi.Resource, node: StoreNode, args: ObjectStoreArgs, secrets: StoreSecrets) -> Files:
    stack = args.intent.stack
    certificate = args.trust.server(owner, node.name, [STORE_ALIAS])
    nodes = [stack.physical(each.name) for each in stack.object_store.every_node]
    texts: dict[str, pulumi.Input[str]] = {
        "certs/public.crt": certificate.certificate,
        "certs/private.key": certificate.privateKey,
        "certs/CAs/authority.crt": args.trust.authority,
        "secrets/root-user": ROOT,
        "secrets/root-password": secrets.root,
        "secrets/sealing-key": secrets.sealing_key,
        **({"drives": drives(nodes)} if len(nodes) > 1 else {}),
    }
    # MinIO watches its certificates, but loses the second of two changes that come close together.
    return configured(Configuration(node.name, args.image, texts, "SIGHUP"), stack, owner)
