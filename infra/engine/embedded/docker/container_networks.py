"""A container's part in networks, as Docker's inspection shows it; pure."""

from __future__ import annotations

from infra.engine.embedded.docker.field import Properties
from infra.engine.embedded.docker.spelling import host_address

SHORT_ID = 12
_SWARM_ID = 25
"""Characters of the id of a swarm's network; this host's own have 64."""


def networking(inspection: Properties, declared: Properties) -> Properties:
    """The networks, published ports and names of a living container; pure."""
    host, settings = inspection["HostConfig"], inspection["NetworkSettings"]
    networks = settings.get("Networks") or {}
    return {
        "networkMode": host.get("NetworkMode") or "",
        "networksAdvanced": _networks(inspection, networks, declared),
        "ports": _ports(inspection) if declared.get("ports") else [],
        "publishAllPorts": host.get("PublishAllPorts", False),
        "hosts": [
            {"host": entry.split(":", 1)[0], "ip": entry.split(":", 1)[1]} for entry in host.get("ExtraHosts") or []
        ],
        "dns": host.get("Dns") or [],
        "dnsOpts": host.get("DnsOptions") or [],
        "dnsSearches": host.get("DnsSearch") or [],
        "bridge": settings.get("Bridge") or "",
        "networkDatas": [_network_data(name, networks[name]) for name in sorted(networks)],
    }


def _networks(inspection: Properties, networks: Properties, declared: Properties) -> list[Properties]:
    wanted = {network["name"]: network for network in declared.get("networksAdvanced") or []}
    if not wanted:
        return []
    ids = {endpoint.get("NetworkID"): name for name, endpoint in networks.items()}
    spelled = {ids.get(name, name): name for name in wanted}
    return [
        _network(spelled.get(name, name), endpoint, wanted.get(spelled.get(name, name), {}), inspection)
        for name, endpoint in networks.items()
    ]


def _network(name: str, endpoint: Properties, wanted: Properties, inspection: Properties) -> Properties:
    addresses = {} if _gives_addresses(endpoint) and not wanted.get("ipv4Address") else endpoint.get("IPAMConfig") or {}
    own = {inspection["Id"][:SHORT_ID], inspection["Name"].lstrip("/"), inspection["Config"].get("Hostname")}
    own -= set(wanted.get("aliases") or [])
    return {
        "name": name,
        "aliases": [alias for alias in endpoint.get("Aliases") or [] if alias not in own],
        "ipv4Address": addresses.get("IPv4Address") or "",
        "ipv6Address": addresses.get("IPv6Address") or "",
        "linkLocalIps": addresses.get("LinkLocalIPs") or [],
        "macAddress": endpoint.get("MacAddress") if wanted.get("macAddress") else "",
        "driverOpts": sorted(f"{key}={value}" for key, value in (endpoint.get("DriverOpts") or {}).items()),
    }


def _gives_addresses(endpoint: Properties) -> bool:
    """Whether it is a swarm's network: the address that it gives a container looks like one that was asked for."""
    return len(endpoint.get("NetworkID") or "") == _SWARM_ID


def _ports(inspection: Properties) -> list[Properties]:
    """What was asked for, with the ports that Docker chose: on internal networks Docker lists none of them."""
    chosen = inspection["NetworkSettings"].get("Ports") or {}
    asked = inspection["HostConfig"].get("PortBindings") or {}
    return [
        _port(key, binding, chosen.get(key) or [])
        for key in sorted(asked, key=lambda key: (int(key.split("/")[0]), key))
        for binding in asked[key] or []
    ]


def _port(key: str, asked: Properties, chosen: list[Properties]) -> Properties:
    internal, protocol = key.split("/")
    address = host_address(asked.get("HostIp") or "")
    external = int(asked.get("HostPort") or 0) or next(
        (int(binding["HostPort"]) for binding in chosen if host_address(binding["HostIp"]) == address), 0
    )
    return {"internal": int(internal), "external": external, "ip": address, "protocol": protocol}


def _network_data(name: str, endpoint: Properties) -> Properties:
    return {
        "networkName": name,
        "ipAddress": endpoint.get("IPAddress") or "",
        "ipPrefixLength": endpoint.get("IPPrefixLen") or 0,
        "gateway": endpoint.get("Gateway") or "",
        "globalIpv6Address": endpoint.get("GlobalIPv6Address") or "",
        "globalIpv6PrefixLength": endpoint.get("GlobalIPv6PrefixLen") or 0,
        "ipv6Gateway": endpoint.get("IPv6Gateway") or "",
        "macAddress": endpoint.get("MacAddress") or "",
    }
