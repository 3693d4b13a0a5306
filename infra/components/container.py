"""How every container of the stack is hardened, limited and labelled."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi
import pulumi_docker as docker

from infra.components.hosts import host_input, host_label, on_host
from infra.components.resources import Files, PidsLimit
from infra.model.limits import Limits
from infra.model.stack import Stack

UID = 999
"""The user and group of every server in the project's images (`infra/images`)."""

CONFIGURATION = "/etc/aqstream"


@dataclass(frozen=True)
class Server:
    """One container: what differs between servers; `hardened` adds what does not.

    `resource`: what its resource is called, its own name unless given.

    `networks`: physical network -> aliases there, the first being the main one.
    `volumes`: volume name -> path, writable; `configuration`: volume of files, read-only under /etc/aqstream.
    `tmpfs`: path -> size, e.g. `64m`. `healthcheck`: an argv. `stop_seconds`: grace before SIGKILL.
    """

    name: str
    image: pulumi.Input[str]
    networks: Mapping[str, tuple[pulumi.Input[str], Sequence[str]]]
    ports: Mapping[int, int]
    volumes: Mapping[str, pulumi.Input[str]]
    configuration: pulumi.Input[str]
    limits: Limits
    healthcheck: Sequence[str]
    stop_signal: str
    stop_seconds: int = 30
    command: Sequence[str] = ()
    envs: Sequence[str] = ()
    tmpfs: Mapping[str, str] = field(default_factory=dict)
    shared_memory_mb: int = 64
    resource: str = ""


@dataclass(frozen=True)
class Configuration:
    """What a container reads under /etc/aqstream: relative path -> text, its secrets included.

    `name` and `resource` are the container's, `image` is its own; a running one is told of changes by `signal`, if any.
    """

    name: str
    image: pulumi.Input[str]
    texts: Mapping[str, pulumi.Input[str]]
    signal: str = ""
    resource: str = ""


def hardened(server: Server, stack: Stack, opts: pulumi.ResourceOptions) -> docker.Container:
    """The container: no capabilities, no new privileges, read-only root, limits on memory, CPU and processes."""
    # Its name is fixed, so that even where it is replaced by request there is no room for another one beside it.
    recreated = pulumi.ResourceOptions(replace_on_changes=["healthcheck", "init", "tmpfs"], delete_before_replace=True)
    resource = server.resource or server.name
    container = docker.Container(
        resource,
        name=stack.physical(server.name),
        hostname=server.name,
        image=server.image,
        command=list(server.command),
        envs=list(server.envs),
        user=f"{UID}:{UID}",
        read_only=True,
        privileged=False,
        capabilities=docker.ContainerCapabilitiesArgs(adds=[], drops=["ALL"]),
        security_opts=["no-new-privileges:true"],
        network_mode=next(iter(server.networks.values()))[0],
        networks_advanced=[_attachment(name, aliases) for name, aliases in server.networks.values()],
        ports=_ports(server, stack),
        volumes=_volumes(server),
        tmpfs={path: _tmpfs(size) for path, size in server.tmpfs.items()},
        memory=server.limits.memory >> 20,
        memory_swap=server.limits.memory >> 20,
        cpus=str(float(server.limits.cpus)),
        shm_size=server.shared_memory_mb,
        healthcheck=_healthcheck(server),
        labels=_labels(server, stack),
        init=True,
        restart="unless-stopped",
        must_run=True,
        stop_signal=server.stop_signal,
        stop_timeout=server.stop_seconds,
        destroy_grace_seconds=server.stop_seconds,
        log_driver="json-file",
        log_opts={"max-file": "5", "max-size": "20m"},
        wait=False,
        # pulumi-docker reports these as updated without touching the running container.
        opts=on_host(stack, server.name, pulumi.ResourceOptions.merge(opts, recreated)),
    )
    limit = {"container": container.id, "pids": server.limits.pids} | host_input(stack, server.name)
    PidsLimit(f"{resource}-pids", limit, opts)
    return container


def _attachment(name: pulumi.Input[str], aliases: Sequence[str]) -> docker.ContainerNetworksAdvancedArgs:
    return docker.ContainerNetworksAdvancedArgs(name=name, aliases=list(aliases))


def _ports(server: Server, stack: Stack) -> list[docker.ContainerPortArgs]:
    return [
        docker.ContainerPortArgs(internal=internal, external=external, ip=stack.address_of(server.name), protocol="tcp")
        for internal, external in sorted(server.ports.items())
    ]


def _volumes(server: Server) -> list[docker.ContainerVolumeArgs]:
    files = docker.ContainerVolumeArgs(volume_name=server.configuration, container_path=CONFIGURATION, read_only=True)
    kept = [
        docker.ContainerVolumeArgs(volume_name=volume, container_path=path, read_only=False)
        for path, volume in sorted(server.volumes.items())
    ]
    return [files, *kept]


def _tmpfs(size: str) -> str:
    return f"rw,noexec,nosuid,nodev,size={size},uid={UID},gid={UID},mode=0700"


def _healthcheck(server: Server) -> docker.ContainerHealthcheckArgs:
    """Durations in Go's spelling: that is how they are read back, and any other is a perpetual diff."""
    return docker.ContainerHealthcheckArgs(
        tests=["CMD", *server.healthcheck], interval="10s", timeout="5s", start_period="1m0s", retries=3
    )


def _labels(server: Server, stack: Stack) -> list[docker.ContainerLabelArgs]:
    values = {"aqstream.component": server.name, "aqstream.stack": stack.name} | host_label(stack, server.name)
    return [docker.ContainerLabelArgs(label=label, value=value) for label, value in sorted(values.items())]


def volume(name: str, stack: Stack, owner: pulumi.Resource, *, holds_data: bool) -> docker.Volume:
    """A named volume; one that holds data outlives the stack wherever the stack is protected."""
    keep = stack.protect and holds_data
    labels = {"aqstream.stack": stack.name} | host_label(stack, _owner_of(name))
    return docker.Volume(
        f"{name}-volume",
        name=stack.physical(name),
        driver="local",
        labels=[docker.VolumeLabelArgs(label=label, value=value) for label, value in sorted(labels.items())],
        opts=on_host(stack, _owner_of(name), pulumi.ResourceOptions(parent=owner, protect=keep, retain_on_delete=keep)),
    )


def configured(files: Configuration, stack: Stack, owner: pulumi.Resource) -> Files:
    """The files, in a volume of their own."""
    resource = files.resource or files.name
    config = volume(f"{resource}-config", stack, owner, holds_data=False)
    props = {"volume": config.name, "image": files.image, "files": files.texts, "uid": UID, "gid": UID}
    if files.signal:
        props["notify"] = {"container": stack.physical(files.name), "signal": files.signal}
    return Files(f"{resource}-files", props | host_input(stack, files.name), pulumi.ResourceOptions(parent=owner))


def _owner_of(volume_name: str) -> str:
    """`redis-2-data` belongs to `redis-2`."""
    return volume_name.rpartition("-")[0]
