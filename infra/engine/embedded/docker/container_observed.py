"""Docker's inspection of a container -> its properties, as pulumi-docker's Read records them; pure.

What Docker fills in beyond the declaration (addresses on `::`, its own network aliases, swap for a memory
limit) is left out, so that only real differences show.
"""

from __future__ import annotations

from infra.engine.embedded.docker.compare import without_defaults
from infra.engine.embedded.docker.container_host import MEBIBYTE
from infra.engine.embedded.docker.container_networks import networking
from infra.engine.embedded.docker.field import Plain, Properties
from infra.engine.embedded.docker.spelling import duration


def observed(inspection: Properties, declared: Properties) -> Properties:
    """The properties of a living container; those that Docker does not keep are missing.

    Environment and labels are mixed with the image's here, so they are as declared: `own_environment` and
    `own_labels` tell them apart.
    """
    config, host = inspection["Config"], inspection["HostConfig"]
    return {
        **_process(inspection, config, declared),
        **_isolation(host, declared),
        **_storage(config, host, declared),
        **networking(inspection, declared),
        **_limits(host, declared),
        **_running(inspection, declared),
    }


def own_environment(config: Properties, image_config: Properties) -> list[str]:
    """The variables that the container has beyond its image's."""
    inherited = set(image_config.get("Env") or [])
    return [variable for variable in config.get("Env") or [] if variable not in inherited]


def own_labels(config: Properties, image_config: Properties) -> list[Properties]:
    """The labels that the container has beyond its image's."""
    inherited = image_config.get("Labels") or {}
    labels = config.get("Labels") or {}
    return labels_list({key: value for key, value in labels.items() if inherited.get(key) != value})


def labels_list(labels: dict[str, str] | None) -> list[Properties]:
    """Docker's map of labels as Pulumi's list, sorted."""
    return [{"label": key, "value": value} for key, value in sorted((labels or {}).items())]


def _process(inspection: Properties, config: Properties, declared: Properties) -> Properties:
    by_id = str(declared.get("image", "")).startswith("sha256:")
    return {
        "name": inspection["Name"].lstrip("/"),
        "image": inspection["Image"] if by_id else config["Image"],
        "command": config.get("Cmd") or [],
        "entrypoints": config.get("Entrypoint") or [],
        "user": config.get("User") or "",
        "workingDir": config.get("WorkingDir") or "",
        "hostname": config.get("Hostname") or "",
        "domainname": config.get("Domainname") or "",
        "tty": config.get("Tty", False),
        "stdinOpen": config.get("OpenStdin", False),
        "stopSignal": config.get("StopSignal") or "",
        "stopTimeout": config.get("StopTimeout") or 0,
        "envs": declared.get("envs") or [],
        "labels": without_defaults(declared.get("labels") or []),
        "healthcheck": _healthcheck(config.get("Healthcheck"), declared.get("healthcheck") or {}),
    }


def _healthcheck(check: Properties | None, declared: Properties) -> Properties | None:
    if not check or not check.get("Test"):
        return None
    engine_has_start_interval = "StartInterval" in check
    return {
        "tests": check["Test"],
        "interval": duration(check.get("Interval") or 0),
        "timeout": duration(check.get("Timeout") or 0),
        "startPeriod": duration(check.get("StartPeriod") or 0),
        "startInterval": duration(check["StartInterval"])
        if engine_has_start_interval
        else declared.get("startInterval", "0s"),
        "retries": check.get("Retries") or 0,
    }


def _isolation(host: Properties, declared: Properties) -> Properties:
    adds, drops = host.get("CapAdd") or [], host.get("CapDrop") or []
    namespaces = {
        name: host.get(key) or ""
        for name, key in (("pidMode", "PidMode"), ("cgroupnsMode", "CgroupnsMode"), ("cgroupParent", "CgroupParent"))
        if declared.get(name)
    }
    return {
        **namespaces,
        "capabilities": {"adds": adds, "drops": drops} if adds or drops else None,
        "securityOpts": _security_options(host),
        "privileged": host.get("Privileged", False),
        "readOnly": host.get("ReadonlyRootfs", False),
        "groupAdds": host.get("GroupAdd") or [],
        "init": host.get("Init") or False,
        "ipcMode": host.get("IpcMode") or "",
        "usernsMode": host.get("UsernsMode") or "",
        "runtime": host.get("Runtime") or "",
        "sysctls": host.get("Sysctls") or {},
        "ulimits": [
            {"name": limit["Name"], "soft": limit["Soft"], "hard": limit["Hard"]} for limit in host.get("Ulimits") or []
        ],
    }


def _security_options(host: Properties) -> list[str]:
    open_paths = host.get("MaskedPaths") == [] and not host.get("Privileged")
    return [*(host.get("SecurityOpt") or []), *(["systempaths=unconfined"] if open_paths else [])]


def _storage(config: Properties, host: Properties, declared: Properties) -> Properties:
    log = host.get("LogConfig") or {}
    anonymous = [
        {"containerPath": volume["containerPath"]}
        for volume in declared.get("volumes") or []
        if not volume.get("volumeName") and not volume.get("hostPath") and volume.get("containerPath")
        and volume["containerPath"] in (config.get("Volumes") or {})
    ]  # fmt: skip
    return {
        "volumes": [
            *(_bind(bind) for bind in host.get("Binds") or []),
            *({"fromContainer": name} for name in host.get("VolumesFrom") or []),
            *anonymous,
        ],
        "mounts": [_mount(mount) for mount in host.get("Mounts") or []],
        "tmpfs": host.get("Tmpfs") or {},
        "shmSize": (host.get("ShmSize") or 0) // MEBIBYTE,
        "storageOpts": host.get("StorageOpt") or {},
        "logDriver": log.get("Type") or "",
        "logOpts": (log.get("Config") or {}) if declared.get("logOpts") else None,
    }


def _bind(bind: str) -> Properties:
    source, path, *mode = bind.split(":")
    flags = mode[0].split(",") if mode else []
    place = {"hostPath": source} if source.startswith("/") else {"volumeName": source}
    relabel = next((flag for flag in flags if flag in ("z", "Z")), "")
    return {**place, "containerPath": path, "readOnly": "ro" in flags, "selinuxRelabel": relabel}


def _mount(mount: Properties) -> Properties:
    binding, volume, tmpfs = (mount.get(key) or {} for key in ("BindOptions", "VolumeOptions", "TmpfsOptions"))
    driver = volume.get("DriverConfig") or {}
    return {
        "target": mount["Target"],
        "type": mount["Type"],
        "source": mount.get("Source") or "",
        "readOnly": mount.get("ReadOnly", False),
        "bindOptions": {"propagation": binding.get("Propagation") or ""} if binding else None,
        "volumeOptions": {
            "noCopy": volume.get("NoCopy", False),
            "labels": labels_list(volume.get("Labels")),
            "driverName": driver.get("Name") or "",
            "driverOptions": driver.get("Options") or {},
        }
        if volume
        else None,
        "tmpfsOptions": {"sizeBytes": tmpfs.get("SizeBytes") or 0, "mode": tmpfs.get("Mode") or 0} if tmpfs else None,
    }


def _limits(host: Properties, declared: Properties) -> Properties:
    swap = host.get("MemorySwap") or 0
    processors = (host.get("NanoCpus") or 0) / 1e9
    restart = host.get("RestartPolicy") or {}
    return {
        "memory": (host.get("Memory") or 0) // MEBIBYTE,
        "memoryReservation": (host.get("MemoryReservation") or 0) // MEBIBYTE,
        "memorySwap": _mebibytes(swap) if declared.get("memorySwap") else 0,
        "cpuShares": host.get("CpuShares") or 0,
        "cpuSet": host.get("CpusetCpus") or "",
        "cpuPeriod": host.get("CpuPeriod") or 0,
        "cpuQuota": host.get("CpuQuota") or 0,
        "cpus": f"{processors:.9f}".rstrip("0").rstrip(".") if processors else None,
        "restart": restart.get("Name") or "no",
        "maxRetryCount": restart.get("MaximumRetryCount") or 0,
    }


def _mebibytes(number: int) -> int:
    return number // MEBIBYTE if number > 0 else number


def _running(inspection: Properties, declared: Properties) -> Properties:
    state = inspection["State"]
    must_run = declared.get("mustRun", True)
    return {
        "rm": inspection["HostConfig"].get("AutoRemove", False),
        "platform": inspection.get("Platform") or "",
        "mustRun": must_run and state["Running"],
        "exitCode": None if state["Running"] else _exit_code(state),
    }


def _exit_code(state: Properties) -> Plain:
    return state.get("ExitCode")
