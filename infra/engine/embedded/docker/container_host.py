"""What concerns the host in the body of Docker's `POST /containers/create`; pure."""

from __future__ import annotations

from collections.abc import Sequence

from infra.engine.embedded.docker.field import Plain, Properties

MEBIBYTE = 1024 * 1024
UNCONFINED = "systempaths=unconfined"


def host_config(inputs: Properties) -> Properties:
    """What concerns the host: mounts, limits, isolation, published ports."""
    return _given(
        {
            **_mounting(inputs),
            **_isolation(inputs),
            **_networking(inputs),
            **limits(inputs),
            "NanoCpus": round(float(inputs["cpus"]) * 1e9) if inputs.get("cpus") else None,
            "AutoRemove": inputs.get("rm", False),
            "LogConfig": {"Type": inputs.get("logDriver") or "", "Config": inputs.get("logOpts") or {}},
        }
    )


def limits(inputs: Properties) -> Properties:
    """What Docker can change on a living container."""
    return {
        "Memory": mebibytes(inputs.get("memory")),
        "MemoryReservation": mebibytes(inputs.get("memoryReservation")),
        "MemorySwap": mebibytes(inputs.get("memorySwap")),
        "CpuShares": inputs.get("cpuShares") or 0,
        "CpusetCpus": inputs.get("cpuSet") or "",
        **({} if inputs.get("cpus") else _cpu_quota(inputs)),
        "RestartPolicy": {
            "Name": inputs.get("restart") or "no",
            "MaximumRetryCount": inputs.get("maxRetryCount") or 0,
        },
    }


def mebibytes(number: int | None) -> int:
    """Bytes; -1 (no limit) stays."""
    return number * MEBIBYTE if number and number > 0 else number or 0


def bind(volume: Properties) -> str:
    """A volume or host path at its place in the container, as `docker run -v` has it."""
    source = volume.get("hostPath") or volume["volumeName"]
    mode = "ro" if volume.get("readOnly") else "rw"
    relabel = f",{volume['selinuxRelabel']}" if volume.get("selinuxRelabel") else ""
    return f"{source}:{volume['containerPath']}:{mode}{relabel}"


def _mounting(inputs: Properties) -> Properties:
    volumes = inputs.get("volumes") or []
    return {
        "Binds": [bind(volume) for volume in volumes if volume.get("hostPath") or volume.get("volumeName")],
        "VolumesFrom": [volume["fromContainer"] for volume in volumes if volume.get("fromContainer")],
        "Mounts": [_mount(mount) for mount in inputs.get("mounts") or []],
        "Tmpfs": inputs.get("tmpfs"),
        "ShmSize": mebibytes(inputs.get("shmSize")),
        "StorageOpt": inputs.get("storageOpts"),
    }


def _isolation(inputs: Properties) -> Properties:
    options = inputs.get("securityOpts") or []
    open_paths: Properties = {"MaskedPaths": [], "ReadonlyPaths": []} if UNCONFINED in options else {}
    capabilities = inputs.get("capabilities") or {}
    return {
        **open_paths,
        "SecurityOpt": [option for option in options if option != UNCONFINED],
        "CapAdd": capabilities.get("adds"),
        "CapDrop": capabilities.get("drops"),
        "Privileged": inputs.get("privileged"),
        "ReadonlyRootfs": inputs.get("readOnly"),
        "GroupAdd": inputs.get("groupAdds"),
        "Init": inputs.get("init", False),
        "IpcMode": inputs.get("ipcMode"),
        "PidMode": inputs.get("pidMode"),
        "UsernsMode": inputs.get("usernsMode"),
        "CgroupnsMode": inputs.get("cgroupnsMode"),
        "CgroupParent": inputs.get("cgroupParent"),
        "Runtime": inputs.get("runtime"),
        "Sysctls": inputs.get("sysctls"),
        "Ulimits": [
            {"Name": limit["name"], "Soft": limit["soft"], "Hard": limit["hard"]}
            for limit in inputs.get("ulimits") or []
        ],
    }


def _networking(inputs: Properties) -> Properties:
    bindings: dict[str, list[Properties]] = {}
    for port in inputs.get("ports") or []:
        published = {"HostPort": str(port.get("external") or ""), "HostIp": port.get("ip") or ""}
        bindings.setdefault(port_key(port), []).append(published)
    return {
        "NetworkMode": inputs.get("networkMode") or "bridge",
        "PortBindings": bindings,
        "PublishAllPorts": inputs.get("publishAllPorts"),
        "ExtraHosts": [f"{host['host']}:{host['ip']}" for host in inputs.get("hosts") or []],
        "Dns": inputs.get("dns"),
        "DnsOptions": inputs.get("dnsOpts"),
        "DnsSearch": inputs.get("dnsSearches"),
    }


def _mount(mount: Properties) -> Properties:
    bind_options = mount.get("bindOptions") or {}
    volume = mount.get("volumeOptions") or {}
    tmpfs = mount.get("tmpfsOptions") or {}
    driver = {"Name": volume.get("driverName"), "Options": volume.get("driverOptions")}
    volume_options = {
        "NoCopy": volume.get("noCopy"),
        "Labels": labels_of(volume.get("labels")),
        "DriverConfig": without_unset(driver),
    }
    return without_unset(
        {
            "Target": mount["target"],
            "Type": mount["type"],
            "Source": mount.get("source"),
            "ReadOnly": mount.get("readOnly"),
            "BindOptions": without_unset({"Propagation": bind_options.get("propagation")}),
            "VolumeOptions": without_unset(volume_options),
            "TmpfsOptions": without_unset({"SizeBytes": tmpfs.get("sizeBytes"), "Mode": tmpfs.get("mode")}),
        }
    )


def _cpu_quota(inputs: Properties) -> Properties:
    return {"CpuPeriod": inputs.get("cpuPeriod") or 0, "CpuQuota": inputs.get("cpuQuota") or 0}


def port_key(port: Properties) -> str:
    """Docker's name of a container port."""
    return f"{port['internal']}/{port.get('protocol') or 'tcp'}"


def labels_of(labels: Sequence[Properties] | None) -> dict[str, str]:
    """Pulumi's list of labels as Docker's map."""
    return {label["label"]: label["value"] for label in labels or []}


def without_unset(values: Properties) -> Properties:
    """The values that say something."""
    return {name: value for name, value in values.items() if not _is_unset(value)}


def _given(values: Properties) -> Properties:
    return {name: value for name, value in values.items() if value is not None}


def _is_unset(value: Plain) -> bool:
    return value is None or value in ("", [], {})
