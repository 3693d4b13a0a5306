"""Containers and networks of a stack as Docker runs them."""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import docker
from docker.errors import NotFound

from policies.facts.containers import Container, Mount, PublishedPort
from policies.facts.networks import Network

_LOG_LINES = 500
_READABLE_LOGS = ("json-file", "local", "journald")


def read_containers(client: docker.APIClient, prefix: str, secrets: Iterable[str]) -> tuple[Container, ...]:
    """Every container whose name starts with the prefix; `secrets` are looked for wherever others can read."""
    listed = client.containers(all=True, filters={"name": f"^/{prefix}"})
    wanted = tuple(secret for secret in secrets if secret)
    images = {image: _image_names(client, image) for image in {found["ImageID"] for found in listed}}
    with ThreadPoolExecutor(8) as pool:
        read = pool.map(lambda found: _container(client, found["Id"], wanted), listed)
        return tuple(replace(each, image_names=images[each.image_id]) for each in read)


def read_networks(client: docker.APIClient, prefix: str) -> tuple[Network, ...]:
    """Every network whose name starts with the prefix, with the containers on it."""
    listed = client.networks(filters={"name": f"^{prefix}"})
    return tuple(_network(client.inspect_network(found["Id"])) for found in listed)


def over_hosts(seen: Iterable[tuple[Network, ...]]) -> tuple[Network, ...]:
    """The same networks as several hosts see them: each sees the containers of its own."""
    merged: dict[str, Network] = {}
    for network in (each for networks in seen for each in networks):
        known = merged.get(network.name)
        attached = {*network.containers, *(known.containers if known else ())}
        merged[network.name] = replace(network, containers=tuple(sorted(attached)))
    return tuple(merged.values())


def _network(found: dict[str, Any]) -> Network:
    endpoints = [endpoint for endpoint in (found["Containers"] or {}).values() if not _is_tunnel(endpoint)]
    attached = tuple(sorted(endpoint["Name"] for endpoint in endpoints))
    is_encrypted = "encrypted" in (found["Options"] or {})
    return Network(found["Name"], found["Driver"], found["Internal"], attached, is_encrypted)


def _is_tunnel(endpoint: dict[str, Any]) -> bool:
    """Each host's own end of an overlay network, which Docker lists among its containers."""
    return str(endpoint["Name"]).endswith("-endpoint")


def _container(client: docker.APIClient, identifier: str, secrets: tuple[str, ...]) -> Container:
    inspected = client.inspect_container(identifier)
    exposed = tuple(_exposed(_readable_places(client, inspected), secrets))
    return container_of(inspected, exposed)


def _image_names(client: docker.APIClient, image: str) -> tuple[str, ...]:
    """None where the image is gone from the host while the container goes on."""
    try:
        found = client.inspect_image(image)
    except NotFound:
        return ()
    return (*(found["RepoTags"] or ()), *(found["RepoDigests"] or ()))


def container_of(inspected: dict[str, Any], exposed_secrets: tuple[str, ...] = ()) -> Container:
    """The facts in what `docker inspect` says."""
    config, host, state = inspected["Config"], inspected["HostConfig"], inspected["State"]
    return Container(
        name=inspected["Name"].removeprefix("/"),
        image=config["Image"],
        image_id=inspected["Image"],
        user=config["User"] or "",
        environment=tuple(_pair(entry) for entry in config["Env"] or ()),
        labels=tuple((config["Labels"] or {}).items()),
        command=(inspected["Path"], *inspected["Args"]),
        networks=tuple(sorted(inspected["NetworkSettings"]["Networks"])),
        network_mode=host["NetworkMode"],
        ports=tuple(_ports(host["PortBindings"] or {})),
        mounts=tuple(_mounts(inspected)),
        memory=host["Memory"] or 0,
        memory_swap=host["MemorySwap"] or 0,
        cpus=(host["NanoCpus"] or 0) / 1e9,
        pids=host["PidsLimit"] or 0,
        added_capabilities=tuple(host["CapAdd"] or ()),
        dropped_capabilities=tuple(host["CapDrop"] or ()),
        security_options=tuple(host["SecurityOpt"] or ()),
        is_privileged=host["Privileged"],
        has_read_only_root=host["ReadonlyRootfs"],
        pid_mode=host["PidMode"] or "",
        ipc_mode=host["IpcMode"] or "",
        restart_policy=(host["RestartPolicy"] or {}).get("Name", ""),
        has_healthcheck=_has_healthcheck(config.get("Healthcheck")),
        health=(state.get("Health") or {}).get("Status", ""),
        is_running=state["Running"] and not state["Paused"],
        log_driver=host["LogConfig"]["Type"],
        log_options=tuple((host["LogConfig"]["Config"] or {}).items()),
        devices=tuple(device["PathOnHost"] for device in host.get("Devices") or ()),
        exposed_secrets=exposed_secrets,
    )


def _pair(entry: str) -> tuple[str, str]:
    name, _, value = entry.partition("=")
    return name, value


def _has_healthcheck(healthcheck: dict[str, Any] | None) -> bool:
    return bool(healthcheck) and (healthcheck or {}).get("Test") not in (None, [], ["NONE"])


def _ports(bindings: dict[str, Any]) -> Iterator[PublishedPort]:
    for port, published in bindings.items():
        for binding in published or ():
            host_port = int(binding["HostPort"] or 0)
            yield PublishedPort(int(port.partition("/")[0]), host_port, binding["HostIp"] or "0.0.0.0")  # noqa: S104 Docker's meaning of an empty address


def _mounts(inspected: dict[str, Any]) -> Iterator[Mount]:
    for mount in inspected["Mounts"]:
        source = mount.get("Name") or mount.get("Source", "")
        yield Mount(mount["Destination"], mount["Type"], source, not mount["RW"])
    for path in inspected["HostConfig"].get("Tmpfs") or {}:
        yield Mount(path, "tmpfs")


def _readable_places(client: docker.APIClient, inspected: dict[str, Any]) -> Iterator[tuple[str, str]]:
    config = inspected["Config"]
    for entry in config["Env"] or ():
        yield f"environment variable {_pair(entry)[0]}", entry
    for label, value in (config["Labels"] or {}).items():
        yield f"label {label}", str(value)
    yield "command", " ".join([inspected["Path"], *inspected["Args"]])
    if inspected["State"]["Running"]:
        processes = client.top(inspected["Id"])["Processes"] or ()
        yield "process list", "\n".join(" ".join(columns) for columns in processes)
    if inspected["HostConfig"]["LogConfig"]["Type"] in _READABLE_LOGS:
        yield "log", client.logs(inspected["Id"], tail=_LOG_LINES).decode(errors="replace")


def _exposed(places: Iterator[tuple[str, str]], secrets: tuple[str, ...]) -> Iterator[str]:
    return (place for place, text in places if any(secret in text for secret in secrets))
