"""Inputs of a container -> the body of Docker's `POST /containers/create`; pure."""

from __future__ import annotations

from infra.engine.embedded.docker.container_host import host_config, labels_of, port_key, without_unset
from infra.engine.embedded.docker.field import Properties
from infra.engine.embedded.docker.spelling import nanoseconds


def payload(inputs: Properties) -> Properties:
    """The request body; the first of the networks is joined at creation, the others afterwards."""
    networks = inputs.get("networksAdvanced") or []
    first = {network["name"]: endpoint(network) for network in networks[:1]}
    body = {**_process(inputs), "HostConfig": host_config(inputs)}
    return {**body, "NetworkingConfig": {"EndpointsConfig": first}} if first else body


def endpoint(network: Properties) -> Properties:
    """How the container takes part in one network."""
    addresses = {
        "IPv4Address": network.get("ipv4Address"),
        "IPv6Address": network.get("ipv6Address"),
        "LinkLocalIPs": network.get("linkLocalIps"),
    }
    return without_unset(
        {
            "Aliases": network.get("aliases"),
            "IPAMConfig": without_unset(addresses),
            "MacAddress": network.get("macAddress"),
            "DriverOpts": dict(option.split("=", 1) for option in network.get("driverOpts") or []),
        }
    )


def _process(inputs: Properties) -> Properties:
    volumes = inputs.get("volumes") or []
    return without_unset(
        {
            "Image": inputs["image"],
            "Cmd": inputs.get("command"),
            "Entrypoint": inputs.get("entrypoints"),
            "User": inputs.get("user"),
            "WorkingDir": inputs.get("workingDir"),
            "Env": inputs.get("envs"),
            "Labels": labels_of(inputs.get("labels")),
            "Hostname": inputs.get("hostname"),
            "Domainname": inputs.get("domainname"),
            "Tty": inputs.get("tty"),
            "OpenStdin": inputs.get("stdinOpen"),
            "StopSignal": inputs.get("stopSignal"),
            "StopTimeout": inputs.get("stopTimeout"),
            "Healthcheck": _healthcheck(inputs.get("healthcheck")),
            "ExposedPorts": {port_key(port): {} for port in inputs.get("ports") or []},
            "Volumes": {volume["containerPath"]: {} for volume in volumes if volume.get("containerPath")},
        }
    )


def _healthcheck(check: Properties | None) -> Properties | None:
    if not check:
        return None
    return without_unset(
        {
            "Test": check.get("tests"),
            "Interval": nanoseconds(check.get("interval") or "0s"),
            "Timeout": nanoseconds(check.get("timeout") or "0s"),
            "StartPeriod": nanoseconds(check.get("startPeriod") or "0s"),
            "StartInterval": nanoseconds(check.get("startInterval") or "0s"),
            "Retries": check.get("retries"),
        }
    )
