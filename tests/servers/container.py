"""A server container with its two volumes, removed at the end whatever happens."""

import secrets
import socket
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import docker
from docker.errors import NotFound
from docker.models.containers import Container

from infra.host.progress import silent
from infra.images.build import ensure_images
from infra.provider.files import FilesInputs, FilesType, Notify
from infra.provider.x509 import private_key_pem, self_signed, signed

UID = 999
LABEL = "aqstream.test"
DAY = 86400


@dataclass(frozen=True)
class CertificateRequest:
    """A server's certificate for this machine."""

    authority_certificate: str
    authority_key: str
    validity: int = DAY
    common_name: str = "localhost"
    dns_names: tuple[str, ...] = ("localhost",)
    ip_addresses: tuple[str, ...] = ("127.0.0.1",)
    usage: str = "server"


class Authority:
    """A certificate authority for one test server."""

    def __init__(self) -> None:
        self._key = private_key_pem()
        self.certificate = self_signed(self._key, "AqStream test CA", DAY)

    def issue(self, validity: int = DAY, **subject: Any) -> tuple[str, str]:
        """A server's certificate and private key."""
        key = private_key_pem()
        return signed(key, self.request(validity=validity, **subject)), key

    def request(self, **subject: Any) -> CertificateRequest:
        """A request to sign; `subject` changes what a server of this machine would ask for."""
        return CertificateRequest(self.certificate, self._key, **subject)


class RunningServer:
    """The container, and its files' volume to change while it runs."""

    def __init__(self, container: Container, image: str, volume: str, port: int) -> None:
        self.container, self.port = container, port
        self._image, self._volume = image, volume

    @property
    def name(self) -> str:
        """The container's name."""
        return str(self.container.name)

    def write(self, files: Mapping[str, str]) -> None:
        """Put files into the configuration volume, as the provider does."""
        FilesType().create(_files(self._volume, self._image, files))

    def renew(self, files: Mapping[str, str], signal: str) -> None:
        """Change files of the running server and tell it, as an `up` does."""
        told = _files(self._volume, self._image, files).model_copy(
            update={"notify": Notify(container=self.name, signal=signal)}
        )
        FilesType().update(self._volume, {"files": {}}, told)


_GIVEN: set[int] = set()


def free_port() -> int:
    """A port that nobody listens on, and that this process has not given before: the kernel repeats itself."""
    with ExitStack() as held:
        while True:
            listener = held.enter_context(socket.socket())
            listener.bind(("127.0.0.1", 0))
            port = int(listener.getsockname()[1])
            if port not in _GIVEN:
                _GIVEN.add(port)
                return port


@contextmanager
def running(image: str, internal_port: int, files: Mapping[str, str], **options: Any) -> Iterator[RunningServer]:
    """Start the image as a stack would, with these files under /etc/aqstream and a data volume on /data."""
    name = f"t-{image}-{secrets.token_hex(4)}"
    image_id = ensure_images([image], silent)[image]
    client = docker.from_env()
    volumes = [client.volumes.create(f"{name}-{kind}", labels={LABEL: name}) for kind in ("config", "data")]
    port = free_port()
    try:
        FilesType().create(_files(f"{name}-config", image_id, files))
        mounts = {f"{name}-config": _mount("/etc/aqstream", "ro")}
        if "/data" not in options.get("tmpfs", {}):
            mounts[f"{name}-data"] = _mount("/data", "rw")
        container = client.containers.run(
            image_id,
            name=name,
            labels={LABEL: name},
            detach=True,
            user=f"{UID}:{UID}",
            read_only=True,
            init=True,
            cap_drop=["ALL"],
            security_opt=["no-new-privileges:true"],
            ports={f"{internal_port}/tcp": ("127.0.0.1", port)},
            **{"volumes": mounts, "mem_limit": "1g", "pids_limit": 256, **options},
        )
        yield RunningServer(container, image_id, f"{name}-config", port)
    finally:
        _remove(client, name)
        for volume in volumes:
            volume.remove(force=True)
        client.close()


def joined(network: Any, *aliases: str) -> dict[str, Any]:
    """Options of a container on the network, under these names there."""
    endpoint = network.client.api.create_endpoint_config(aliases=list(aliases))
    return {"network": network.name, "networking_config": {network.name: endpoint}}


@contextmanager
def network(prefix: str) -> Iterator[Any]:
    """A network of a test's own."""
    client = docker.from_env()
    made = client.networks.create(f"{prefix}-{secrets.token_hex(4)}", driver="bridge", labels={LABEL: prefix})
    try:
        yield made
    finally:
        made.remove()
        client.close()


def _mount(path: str, mode: str) -> dict[str, str]:
    return {"bind": path, "mode": mode}


def _files(volume: str, image: str, files: Mapping[str, str]) -> FilesInputs:
    return FilesInputs(volume=volume, image=image, files=dict(files), uid=UID, gid=UID)


def _remove(client: docker.DockerClient, name: str) -> None:
    try:
        client.containers.get(name).remove(force=True, v=True)
    except NotFound:
        return
