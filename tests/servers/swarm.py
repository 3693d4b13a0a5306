"""Several Docker hosts on one machine: engines in network namespaces of their own, joined to a swarm over a bridge.

A namespace is entered with `nsenter --net`, which leaves /sys as it is. An engine must never be started in the
machine's own namespace: it would rearrange the network of the machine's engine.
"""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import docker
from docker.errors import DockerException

_SUBNET = "10.213.{}"
_STARTED_WITHIN = 60
_STOPPED_WITHIN = 30


@dataclass
class SwarmHost:
    """One engine: `socket` is where it is reached, `address` where its containers' ports are."""

    name: str
    address: str
    folder: Path
    options: Sequence[str] = ()
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def socket(self) -> str:
        """Its URL."""
        return f"unix://{self.folder}/docker.sock"

    @property
    def client(self) -> docker.DockerClient:
        """A client of it."""
        return docker.DockerClient(base_url=self.socket, timeout=120)

    def containers(self, prefix: str = "") -> dict[str, str]:
        """Name -> state of every container whose name starts so, in one call and sorted."""
        found = {each["Names"][0].lstrip("/"): str(each["State"]) for each in self.client.api.containers(all=True)}
        return {name: found[name] for name in sorted(found) if name.startswith(prefix)}

    def start(self) -> None:
        """Start the engine in its namespace, and wait until it answers."""
        paths = ["--data-root", f"{self.folder}/data", "--exec-root", f"{self.folder}/exec"]
        where = ["--pidfile", f"{self.folder}/pid", "--host", self.socket]
        command = ["nsenter", f"--net=/run/netns/{self.name}", "dockerd", *paths, *where, *self.options]
        log = (self.folder / "log").open("ab")
        self.process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
        deadline = time.monotonic() + _STARTED_WITHIN
        while time.monotonic() < deadline:
            with suppress(DockerException):
                self.client.ping()
                return
            time.sleep(0.2)
        raise AssertionError(f"{self.name} did not start: {(self.folder / 'log').read_text()[-2000:]}")

    def stop(self) -> None:
        """End the engine and its containers."""
        if self.process is None:
            return
        with suppress(DockerException):
            for container in self.client.containers.list(all=True):
                container.remove(force=True, v=True)
        self.process.terminate()
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(_STOPPED_WITHIN)
        self.process = None

    def kill(self) -> None:
        """End the engine as a power cut does, with the containerd that is a part of it; it can be started again."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()
        noted = self.folder / "exec/containerd/containerd.pid"
        with suppress(FileNotFoundError, ProcessLookupError):
            os.kill(int(noted.read_text()), signal.SIGKILL)
        noted.unlink(missing_ok=True)  # nobody may reap it, and the next engine would wait for a dead one

    @contextmanager
    def cut_off(self) -> Iterator[None]:
        """Nothing reaches it and it reaches nothing; its engine goes on, and can be asked through its socket."""
        _run("ip", "link", "set", _end(self.name), "down")
        try:
            yield
        finally:
            _run("ip", "link", "set", _end(self.name), "up")

    def load(self, images: Sequence[str]) -> None:
        """Copy images of the machine's own engine."""
        for image in images:
            saved = subprocess.Popen(["docker", "save", image], stdout=subprocess.PIPE)
            subprocess.run(
                ["docker", "--host", self.socket, "load", "--quiet"],
                stdin=saved.stdout,
                check=True,
                capture_output=True,
            )
            saved.wait()


@contextmanager
def swarm(names: Sequence[str], images: Sequence[str], number: int = 77) -> Iterator[list[SwarmHost]]:
    """Hosts of these names with these images, all of them managers; all gone at the end. Needs root."""
    with engines(names, images, number) as hosts:
        _join(hosts)
        yield hosts


@contextmanager
def engines(
    names: Sequence[str], images: Sequence[str], number: int, options: Sequence[str] = ()
) -> Iterator[list[SwarmHost]]:
    """The same without a swarm; `options` are more of dockerd's, in which `{address}` is the host's own."""
    folder = Path(tempfile.mkdtemp(prefix="aqdata-swarm-"))
    with ExitStack() as undo:
        undo.callback(shutil.rmtree, folder, ignore_errors=True)
        bridge = f"aqsw{number}"
        undo.enter_context(_bridge(bridge, _SUBNET.format(number)))
        hosts = []
        for position, name in enumerate(names, 10):
            address = f"{_SUBNET.format(number)}.{position}"
            undo.enter_context(_namespace(name, bridge, address, f"{_SUBNET.format(number)}.1"))
            host = SwarmHost(name, address, folder / name, [option.format(address=address) for option in options])
            host.folder.mkdir()
            undo.callback(_unmount, host.folder)
            undo.callback(host.stop)
            host.start()
            host.load(images)
            hosts.append(host)
        yield hosts


def _join(hosts: Sequence[SwarmHost]) -> None:
    manager = hosts[0].client
    manager.swarm.init(advertise_addr=hosts[0].address, listen_addr=f"{hosts[0].address}:2377")
    manager.swarm.reload()
    token = manager.swarm.attrs["JoinTokens"]["Manager"]
    for host in hosts[1:]:
        host.client.swarm.join([f"{hosts[0].address}:2377"], token, advertise_addr=host.address)


@contextmanager
def _bridge(name: str, subnet: str) -> Iterator[None]:
    forwarding = [["FORWARD", "-i", name, "-j", "ACCEPT"], ["FORWARD", "-o", name, "-j", "ACCEPT"]]
    _run("ip", "link", "del", name, check=False)  # of a run that was killed
    try:
        _run("ip", "link", "add", name, "type", "bridge")
        _run("ip", "address", "add", f"{subnet}.1/24", "dev", name)
        _run("ip", "link", "set", name, "up")
        for rule in forwarding:
            _run("iptables", "-I", *rule)
        yield
    finally:
        for rule in forwarding:
            _run("iptables", "-D", *rule, check=False)
        _run("ip", "link", "del", name, check=False)


@contextmanager
def _namespace(name: str, bridge: str, address: str, gateway: str) -> Iterator[None]:
    end = _end(name)
    for leftover in (["netns", "del", name], ["link", "del", end]):
        _run("ip", *leftover, check=False)
    try:
        _run("ip", "netns", "add", name)
        _run("ip", "link", "add", end, "type", "veth", "peer", "name", "eth0", "netns", name)
        _run("ip", "link", "set", end, "master", bridge, "up")
        _run("nsenter", f"--net=/run/netns/{name}", "ip", "address", "add", f"{address}/24", "dev", "eth0")
        for link in ("lo", "eth0"):
            _run("nsenter", f"--net=/run/netns/{name}", "ip", "link", "set", link, "up")
        _run("nsenter", f"--net=/run/netns/{name}", "ip", "route", "add", "default", "via", gateway)
        yield
    finally:
        _run("ip", "netns", "del", name, check=False)
        _run("ip", "link", "del", end, check=False)


def _end(name: str) -> str:
    """The bridge's end of a namespace's cable."""
    return f"v{name}"[:15]


def _unmount(folder: Path) -> None:
    """What a killed engine leaves mounted below its folder, the deepest first."""
    mounted = [line.split(" ")[1] for line in Path("/proc/mounts").read_text().splitlines()]
    for path in sorted((each for each in mounted if each.startswith(str(folder))), reverse=True):
        _run("umount", "--lazy", path, check=False)


def _run(*command: str, check: bool = True) -> None:
    subprocess.run(command, check=check, capture_output=True)
