"""The properties of `docker:index/container:Container`.

Names, kinds, defaults and what Docker computes are those of pulumi-docker 5.2. Where that plugin records a
change without making it (healthcheck, tmpfs, init, rm), the container is replaced here, because Docker cannot
change these on the living container and a state has to tell the truth.
"""

from __future__ import annotations

from infra.engine.embedded.docker import spelling
from infra.engine.embedded.docker.field import LABELS, Field, Schema

CAPABILITIES = (
    Field("adds", "set", spelling=spelling.capability),
    Field("drops", "set", spelling=spelling.capability),
)
HEALTHCHECK = (
    Field("tests", "list"),
    Field("interval", default="0s", spelling=spelling.same_duration),
    Field("timeout", default="0s", spelling=spelling.same_duration),
    Field("startPeriod", default="0s", spelling=spelling.same_duration),
    Field("startInterval", default="0s", spelling=spelling.same_duration),
    Field("retries", "int"),
)
PORTS = (
    Field("internal", "int", required=True),
    Field("external", "int", computed=True),
    Field("ip", default=spelling.ALL_INTERFACES, spelling=spelling.host_address),
    Field("protocol", default="tcp"),
)
VOLUMES = (
    Field("containerPath"),
    Field("volumeName"),
    Field("hostPath"),
    Field("fromContainer"),
    Field("readOnly", "bool"),
    Field("selinuxRelabel"),
)
VOLUME_OPTIONS = (
    Field("noCopy", "bool"),
    Field("labels", "set", LABELS),
    Field("driverName"),
    Field("driverOptions", "map"),
)
MOUNTS = (
    Field("target", required=True),
    Field("type", required=True),
    Field("source"),
    Field("readOnly", "bool"),
    Field("bindOptions", "object", (Field("propagation"),)),
    Field("volumeOptions", "object", VOLUME_OPTIONS),
    Field("tmpfsOptions", "object", (Field("sizeBytes", "int"), Field("mode", "int"))),
)
NETWORKS = (
    Field("name", required=True),
    Field("aliases", "set"),
    Field("ipv4Address"),
    Field("ipv6Address"),
    Field("linkLocalIps", "set"),
    Field("macAddress", computed=True),
    Field("driverOpts", "set"),
)
UPLOADS = (
    Field("file", required=True),
    Field("content"),
    Field("contentBase64"),
    Field("source"),
    Field("sourceHash"),
    Field("executable", "bool"),
    Field("permissions"),
)
ULIMITS = (Field("name", required=True), Field("soft", "int", required=True), Field("hard", "int", required=True))

PROCESS = (
    Field("name", required=True),
    Field("image", required=True),
    Field("command", "list", computed=True),
    Field("entrypoints", "list", computed=True),
    Field("user", computed=True),
    Field("workingDir", computed=True),
    Field("envs", "set", computed=True),
    Field("labels", "set", LABELS, computed=True),
    Field("hostname", computed=True),
    Field("domainname"),
    Field("tty", "bool"),
    Field("stdinOpen", "bool"),
    Field("stopSignal", computed=True),
    Field("stopTimeout", "int", computed=True),
    Field("healthcheck", "object", HEALTHCHECK, computed=True),
    Field("uploads", "set", UPLOADS),
)
ISOLATION = (
    Field("capabilities", "object", CAPABILITIES),
    Field("securityOpts", "set", computed=True),
    Field("privileged", "bool"),
    Field("readOnly", "bool"),
    Field("groupAdds", "set"),
    Field("init", "bool", computed=True),
    Field("ipcMode", computed=True),
    Field("pidMode"),
    Field("usernsMode"),
    Field("cgroupnsMode", computed=True),
    Field("cgroupParent", computed=True),
    Field("runtime", computed=True),
    Field("platform", computed=True),
    Field("sysctls", "map"),
    Field("ulimits", "set", ULIMITS),
)
STORAGE = (
    Field("volumes", "set", VOLUMES),
    Field("mounts", "set", MOUNTS),
    Field("tmpfs", "map"),
    Field("shmSize", "int", computed=True),
    Field("storageOpts", "map"),
    Field("logDriver", computed=True),
    Field("logOpts", "map"),
)
NETWORKING = (
    Field("networkMode", default="bridge", spelling=spelling.network_mode),
    Field("networksAdvanced", "set", NETWORKS),
    Field("ports", "set", PORTS),
    Field("publishAllPorts", "bool"),
    Field("hosts", "set", (Field("host", required=True), Field("ip", required=True))),
    Field("dns", "set"),
    Field("dnsOpts", "set"),
    Field("dnsSearches", "set"),
)
LIMITS = (
    Field("memory", "int", replaces=False),
    Field("memoryReservation", "int", replaces=False),
    Field("memorySwap", "int", replaces=False),
    Field("cpuShares", "int", replaces=False),
    Field("cpuSet", replaces=False),
    Field("cpuPeriod", "int", replaces=False),
    Field("cpuQuota", "int", replaces=False),
    Field("cpus", spelling=spelling.cpu_count),
    Field("restart", default="no", replaces=False),
    Field("maxRetryCount", "int", replaces=False),
)
LIFECYCLE = (
    Field("start", "bool", default=True, replaces=False),
    Field("mustRun", "bool", default=True, replaces=False),
    Field("wait", "bool", replaces=False),
    Field("waitTimeout", "int", default=60, replaces=False),
    Field("attach", "bool", replaces=False),
    Field("logs", "bool", replaces=False),
    Field("rm", "bool"),
    Field("removeVolumes", "bool", default=True, replaces=False),
    Field("destroyGraceSeconds", "int", replaces=False),
    Field("containerReadRefreshTimeoutMilliseconds", "int", default=15000, replaces=False),
)
OBSERVED = (
    Field("bridge", read_only=True),
    Field("containerLogs", read_only=True),
    Field("exitCode", "int", read_only=True),
    Field("networkDatas", "list", read_only=True),
)

CONTAINER = Schema(
    fields=(*PROCESS, *ISOLATION, *STORAGE, *NETWORKING, *LIMITS, *LIFECYCLE, *OBSERVED),
    refused=frozenset(
        {
            "deviceCgroupRules",
            "deviceReadBps",
            "deviceReadIops",
            "deviceRequests",
            "deviceWriteBps",
            "deviceWriteIops",
            "devices",
            "gpus",
        }
    ),
    version=2,
    has_timeouts=True,
    replaced_by_deletion=True,
)
