"""Containers as they are planned or run: what each may use, reach and see."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PublishedPort:
    """A port of the container that the host answers on; `address` is what it is bound to."""

    container_port: int
    host_port: int
    address: str


@dataclass(frozen=True, slots=True)
class Mount:
    """A volume, bind or tmpfs in the container; `source` the volume's name or the host's path."""

    target: str
    kind: str
    source: str = ""
    is_read_only: bool = False


@dataclass(frozen=True, slots=True)
class Container:
    """One container; sizes in bytes, 0 where no limit is set; `image` as referenced, `image_id` as resolved.

    `image_names` are the tags and registry digests of the image that it runs.

    `exposed_secrets` names the places where one of the stack's passwords stands in the open.
    """

    name: str
    image: str
    image_id: str = ""
    image_names: tuple[str, ...] = ()
    user: str = ""
    environment: tuple[tuple[str, str], ...] = ()
    labels: tuple[tuple[str, str], ...] = ()
    command: tuple[str, ...] = ()
    networks: tuple[str, ...] = ()
    network_mode: str = ""
    ports: tuple[PublishedPort, ...] = ()
    mounts: tuple[Mount, ...] = ()
    memory: int = 0
    memory_swap: int = 0
    cpus: float = 0.0
    pids: int = 0
    added_capabilities: tuple[str, ...] = ()
    dropped_capabilities: tuple[str, ...] = ()
    security_options: tuple[str, ...] = ()
    is_privileged: bool = False
    has_read_only_root: bool = False
    pid_mode: str = ""
    ipc_mode: str = ""
    restart_policy: str = ""
    has_healthcheck: bool = False
    health: str = ""
    is_running: bool = True
    log_driver: str = ""
    log_options: tuple[tuple[str, str], ...] = ()
    devices: tuple[str, ...] = ()
    exposed_secrets: tuple[str, ...] = ()

    @property
    def has_no_new_privileges(self) -> bool:
        """Whether set-user-id programs gain nothing."""
        return any(
            option.replace("=", ":") in ("no-new-privileges", "no-new-privileges:true")
            for option in self.security_options
        )

    @property
    def drops_all_capabilities(self) -> bool:
        """Whether it starts from none."""
        return any(capability.upper().removeprefix("CAP_") == "ALL" for capability in self.dropped_capabilities)
