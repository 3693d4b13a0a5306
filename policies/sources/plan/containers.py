"""`docker:index:*` resources as containers and networks, in Docker's own units."""

from collections.abc import Iterator, Mapping
from typing import Any

from policies.facts.containers import Container, Mount, PublishedPort
from policies.facts.networks import Network
from policies.facts.resources import Resource

_MIB = 1 << 20
_ANYWHERE = "0.0.0.0"  # noqa: S104 what Docker binds where no address is given


def network_of(resource: Resource) -> Network:
    """A planned network."""
    inputs = resource.inputs
    return Network(
        name=str(inputs.get("name", resource.name)),
        driver=str(inputs.get("driver", "")),
        is_internal=bool(inputs.get("internal")),
        is_encrypted="encrypted" in (inputs.get("options") or {}),
    )


def container_of(resource: Resource, pids: int) -> Container:
    """A planned container; `pids` is its limit, a resource of its own."""
    inputs = resource.inputs
    capabilities = inputs.get("capabilities") or {}
    return Container(
        name=str(inputs.get("name", resource.name)),
        image=str(inputs.get("image", "")),
        user=str(inputs.get("user", "")),
        environment=tuple(_pair(entry) for entry in inputs.get("envs") or ()),
        labels=tuple((str(entry["label"]), str(entry["value"])) for entry in inputs.get("labels") or ()),
        command=tuple(map(str, inputs.get("command") or ())),
        networks=tuple(sorted(str(entry["name"]) for entry in inputs.get("networksAdvanced") or ())),
        network_mode=str(inputs.get("networkMode", "")),
        ports=tuple(map(_port, inputs.get("ports") or ())),
        mounts=tuple(_mounts(inputs)),
        memory=int(inputs.get("memory") or 0) * _MIB,
        memory_swap=int(inputs.get("memorySwap") or 0) * _MIB,
        cpus=float(inputs.get("cpus") or 0),
        pids=pids,
        added_capabilities=tuple(capabilities.get("adds") or ()),
        dropped_capabilities=tuple(capabilities.get("drops") or ()),
        security_options=tuple(inputs.get("securityOpts") or ()),
        is_privileged=bool(inputs.get("privileged")),
        has_read_only_root=bool(inputs.get("readOnly")),
        pid_mode=str(inputs.get("pidMode") or ""),
        ipc_mode=str(inputs.get("ipcMode") or ""),
        restart_policy=str(inputs.get("restart") or ""),
        has_healthcheck=bool((inputs.get("healthcheck") or {}).get("tests")),
        log_driver=str(inputs.get("logDriver") or ""),
        log_options=tuple((str(key), str(value)) for key, value in (inputs.get("logOpts") or {}).items()),
        devices=tuple(str(device["hostPath"]) for device in inputs.get("devices") or ()),
    )


def _pair(entry: str) -> tuple[str, str]:
    name, _, value = str(entry).partition("=")
    return name, value


def _port(entry: Mapping[str, Any]) -> PublishedPort:
    return PublishedPort(int(entry["internal"]), int(entry.get("external") or 0), str(entry.get("ip") or _ANYWHERE))


def _mounts(inputs: Mapping[str, Any]) -> Iterator[Mount]:
    for entry in inputs.get("volumes") or ():
        source, target = str(entry.get("volumeName") or entry.get("hostPath") or ""), str(entry.get("containerPath"))
        yield Mount(target, "volume" if entry.get("volumeName") else "bind", source, bool(entry.get("readOnly")))
    for entry in inputs.get("mounts") or ():
        yield Mount(str(entry["target"]), str(entry["type"]), str(entry.get("source", "")), bool(entry.get("readOnly")))
    for path in inputs.get("tmpfs") or {}:
        yield Mount(str(path), "tmpfs")
